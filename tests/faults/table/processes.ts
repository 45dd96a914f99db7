import type { TestProcess } from "../../harness/process.ts";
import { awaitFollower, awaitLeader, awaitUnity } from "../store/standing.ts";
import { catalogAway, deadlineMs, type Fault, noCost, type Scene, someSales } from "./fault.ts";
import { expectEnding, restartCatalog } from "./restart.ts";

type FindReplica = (scene: Scene) => Promise<number>;

const leader: FindReplica = ({ store }) => awaitLeader(store);
const follower: FindReplica = ({ store }) => awaitFollower(store);

/** The first front-end is hurt: its own connections suffer, the other's must not. */
const ownConnections = {
  cost: "its own connections",
  excused: /^front-end 1: [a-z-]+: (connection lost|unreachable)$/,
};

/** Kills a replica while others sell, starts it, and waits until it is one of three again. */
function killReplica(find: FindReplica, signal: NodeJS.Signals): Fault["act"] {
  return async (scene) => {
    const { store, load } = scene;
    const id = await find(scene);
    await expectEnding(store.order(id), signal);
    await load.progress(someSales);
    store.order(id).start();
    await awaitUnity(store);
  };
}

/** Stops a replica where it is; it goes on later, and believes what it last knew. */
function pauseReplica(find: FindReplica): Fault["act"] {
  return async (scene) => {
    const { store, load, longMs } = scene;
    const id = await find(scene);
    await paused(store.order(id), async () => {
      await load.progress(someSales);
      await Bun.sleep(longMs);
    });
    await awaitUnity(store);
  };
}

async function paused(process: TestProcess, meanwhile: () => Promise<void>): Promise<void> {
  process.pause();
  try {
    await meanwhile();
  } finally {
    process.resume();
  }
}

/** Its clients wait until it goes on, and then no longer than for any answer: "timed out" is never excused. */
async function pausedFrontEnd({ store, load }: Scene, meanwhile: () => Promise<void>): Promise<void> {
  const { process } = store.frontEnd(1);
  await paused(process, () => load.whileStopped(process.name, meanwhile));
}

/** Replicas, catalog and front-ends, killed or stopped, one at a time or all at once. */
export const processFaults: readonly Fault[] = [
  { name: "kill -9 of the leader", victim: "replica", cost: noCost, act: killReplica(leader, "SIGKILL") },
  { name: "kill -9 of a follower", victim: "replica", cost: noCost, act: killReplica(follower, "SIGKILL") },
  { name: "SIGTERM of the leader", victim: "replica", cost: noCost, act: killReplica(leader, "SIGTERM") },
  {
    name: "SIGSTOP and SIGCONT of the leader",
    victim: "replica",
    brief: true,
    cost: noCost,
    act: pauseReplica(leader),
  },
  { name: "SIGSTOP and SIGCONT of a follower", victim: "replica", cost: noCost, act: pauseReplica(follower) },
  {
    name: "kill -9 of a leader and of the next one, as soon as it serves",
    victim: "replica",
    brief: true,
    cost: noCost,
    async act({ store, load }) {
      const first = await awaitLeader(store);
      await store.order(first).kill();
      const second = await awaitLeader(store, first);
      store.order(first).start();
      await awaitUnity(store);
      await store.order(second).kill();
      await load.progress(someSales);
      store.order(second).start();
      await awaitUnity(store);
    },
  },
  {
    name: "SIGTERM and restart of every replica in turn",
    victim: "replica",
    brief: true,
    cost: noCost,
    async act({ store, load }) {
      for (const order of store.orders) {
        await expectEnding(order, "SIGTERM");
        order.start();
        await awaitUnity(store);
        await load.progress(someSales);
      }
    },
  },
  {
    name: "SIGTERM and restart of the catalog",
    victim: "catalog",
    brief: true,
    cost: noCost,
    act: (scene) => restartCatalog(scene, "SIGTERM"),
  },
  {
    name: "kill -9 and restart of the catalog",
    victim: "catalog",
    cost: noCost,
    act: (scene) => restartCatalog(scene, "SIGKILL"),
  },
  {
    name: "kill -9 of the catalog, away for longer than the deadline",
    victim: "catalog",
    ...catalogAway,
    act: (scene) => restartCatalog(scene, "SIGKILL", () => Bun.sleep(scene.longMs + deadlineMs)),
  },
  {
    name: "SIGSTOP and SIGCONT of the catalog, for longer than the deadline",
    victim: "catalog",
    brief: true,
    ...catalogAway,
    async act({ store, load, longMs }) {
      await paused(store.catalog, () => Bun.sleep(longMs + deadlineMs));
      await awaitUnity(store);
      await load.progress(someSales);
    },
  },
  {
    name: "kill -9 and restart of a front-end",
    victim: "front-end",
    brief: true,
    ...ownConnections,
    async act({ store, load }) {
      const { process } = store.frontEnd(1);
      await process.kill();
      await load.progress(someSales, ["front-end 2"]);
      process.start();
      await awaitUnity(store);
      await load.progress(someSales);
    },
  },
  {
    name: "SIGSTOP and SIGCONT of a front-end",
    victim: "front-end",
    brief: true,
    cost: "its own connections wait",
    excused: /^front-end 1: [a-z-]+: (connection lost|unreachable|HTTP 50[03])$/,
    async act(scene) {
      const { load, longMs } = scene;
      await pausedFrontEnd(scene, async () => {
        await load.progress(someSales, ["front-end 2"]);
        await Bun.sleep(longMs);
      });
      await load.progress(someSales);
    },
  },
  {
    name: "SIGSTOP and SIGCONT of a front-end, which finds the catalog gone for longer than the deadline",
    victim: "everyone",
    cost: "those who wait at it hear 500 or 503 within the deadline after it goes on",
    excused: catalogAway.excused,
    async act(scene) {
      const { store, longMs } = scene;
      await pausedFrontEnd(scene, async () => {
        await expectEnding(store.catalog, "SIGKILL");
        await Bun.sleep(longMs);
      });
      await Bun.sleep(deadlineMs + longMs);
      store.catalog.start();
      await awaitUnity(store);
      await scene.load.progress(someSales);
    },
  },
  {
    name: "kill -9 of everything at once",
    victim: "everyone",
    brief: true,
    cost: "lost connections, 500 and 503 until it is started again",
    excused: /: (connection lost|unreachable|HTTP 50[03])$/,
    async act({ store, load }) {
      await store.killAll();
      store.startAll();
      await awaitUnity(store);
      await load.progress(someSales);
    },
  },
];

/** Front-ends that share one REST port take over each other's connections: clients see one shop that never closes. */
export const sharedPortFaults: readonly Fault[] = [
  {
    name: "SIGTERM and restart of each of two front-ends that share a port",
    victim: "front-end",
    brief: true,
    cost: noCost,
    async act({ store, load }) {
      for (const { process } of store.frontEnds) {
        await expectEnding(process, "SIGTERM");
        await load.progress(someSales);
        const linesBefore = process.lines.length;
        process.start();
        await process.line(/"msg":"open"/, linesBefore);
        await load.progress(someSales);
      }
    },
  },
];
