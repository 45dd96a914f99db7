import type { Lost } from "../store/links.ts";
import { awaitFollower, awaitLeader, awaitUnity } from "../store/standing.ts";
import { catalogAway, deadlineMs, type Fault, noCost, type Scene, someSales } from "./fault.ts";

const ways: readonly { readonly lost: Lost; readonly words: string }[] = [
  { lost: "both", words: "neither hears nor is heard" },
  { lost: "there", words: "hears and is not heard" },
  { lost: "back", words: "is heard and does not hear" },
];

/** Loses ways, sees that others sell meanwhile, and heals. */
async function lose(scene: Scene, ms: number, sellers: readonly string[], act: () => void): Promise<void> {
  const { store, load } = scene;
  act();
  try {
    if (sellers.length > 0) await load.progress(someSales, sellers);
    await Bun.sleep(ms);
  } finally {
    store.links.heal();
  }
  await awaitUnity(store);
  await load.progress(someSales);
}

const everyone = ["front-end 1", "front-end 2"];
const other = ["front-end 2"];

function isolateReplica(role: "leader" | "follower", { lost, words }: (typeof ways)[number]): Fault {
  return {
    name: `a ${role} that ${words}`,
    victim: "replica",
    ...(role === "leader" ? { brief: true } : {}),
    cost: noCost,
    needs: "proxies",
    async act(scene) {
      const { store, longMs } = scene;
      const id = await (role === "leader" ? awaitLeader(store) : awaitFollower(store));
      await lose(scene, longMs, everyone, () => store.links.isolate(`order ${id}`, lost));
    },
  };
}

/** What the ways between two processes may cost, when they are lost for longer than every lease and deadline. */
const pairs: readonly Fault[] = [
  {
    name: "the leader and one follower do not reach each other",
    victim: "replica",
    cost: noCost,
    needs: "proxies",
    async act(scene) {
      const { store, longMs } = scene;
      const id = await awaitLeader(store);
      const to = `order ${(id % 3) + 1}`;
      await lose(scene, longMs, everyone, () => store.links.lose(`order ${id}`, to, "both"));
    },
  },
  {
    // It stays the one with the most advanced log, and can win no election.
    name: "the leader and both followers do not reach each other; front-ends and catalog reach all",
    victim: "replica",
    brief: true,
    cost: noCost,
    needs: "proxies",
    async act(scene) {
      const { store, longMs } = scene;
      const id = await awaitLeader(store);
      await lose(scene, longMs, everyone, () => {
        for (const to of [1, 2, 3]) if (to !== id) store.links.lose(`order ${id}`, `order ${to}`, "both");
      });
    },
  },
  {
    name: "the leader does not reach the catalog",
    victim: "replica",
    brief: true,
    cost: noCost,
    needs: "proxies",
    async act(scene) {
      const { store, longMs } = scene;
      const id = await awaitLeader(store);
      await lose(scene, longMs, everyone, () => store.links.lose(`order ${id}`, "catalog", "both"));
    },
  },
  {
    name: "a front-end does not reach the leader",
    victim: "front-end",
    brief: true,
    cost: noCost,
    needs: "proxies",
    async act(scene) {
      const { store, longMs } = scene;
      const id = await awaitLeader(store);
      await lose(scene, longMs, everyone, () => store.links.lose("front-end 1", `order ${id}`, "both"));
    },
  },
  {
    name: "connections between a front-end and the leader break, again and again",
    victim: "front-end",
    brief: true,
    cost: noCost,
    needs: "proxies",
    async act(scene) {
      const { store, load } = scene;
      for (let turn = 0; turn < 3; turn++) {
        const id = await awaitLeader(store);
        store.links.cut("front-end 1", `order ${id}`);
        await load.progress(someSales);
        store.links.heal();
      }
      await awaitUnity(store);
    },
  },
  {
    name: "a front-end does not reach any replica",
    victim: "front-end",
    cost: "purchases and look-ups at it: 500 or 503",
    excused: /^front-end 1: (buy|look-up|look-up-key): HTTP 50[03]$/,
    needs: "proxies",
    act: (scene) =>
      lose(scene, scene.longMs + deadlineMs, other, () => {
        for (const id of [1, 2, 3]) scene.store.links.lose("front-end 1", `order ${id}`, "both");
      }),
  },
  {
    name: "a front-end does not reach the catalog",
    victim: "front-end",
    cost: "product reads at it: 500 or 503; purchases everywhere go on",
    excused: /^front-end 1: read: HTTP 50[03]$/,
    needs: "proxies",
    act: (scene) =>
      lose(scene, scene.longMs + deadlineMs, everyone, () => scene.store.links.lose("front-end 1", "catalog", "both")),
  },
  {
    name: "the catalog's invalidations do not reach a front-end",
    victim: "front-end",
    brief: true,
    cost: noCost,
    needs: "proxies",
    act: (scene) =>
      lose(scene, scene.longMs, everyone, () => scene.store.links.loseDialled("catalog", "front-end 1", "there")),
  },
  {
    name: "a front-end's acknowledgements do not reach the catalog",
    victim: "front-end",
    brief: true,
    cost: noCost,
    needs: "proxies",
    act: (scene) =>
      lose(scene, scene.longMs, everyone, () => scene.store.links.loseDialled("catalog", "front-end 1", "back")),
  },
  {
    name: "the catalog does not reach anybody",
    victim: "catalog",
    ...catalogAway,
    needs: "proxies",
    act: (scene) => lose(scene, scene.longMs + deadlineMs, [], () => scene.store.links.isolate("catalog")),
  },
];

export const partitionFaults: readonly Fault[] = [
  ...ways.map((way) => isolateReplica("leader", way)),
  ...ways.map((way) => isolateReplica("follower", way)),
  ...pairs,
];
