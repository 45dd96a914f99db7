import { awaitFollower, awaitLeader, awaitUnity } from "../store/standing.ts";
import { catalogAway, deadlineMs, type Fault, noCost, type Scene, someSales } from "./fault.ts";

/** Takes a cable out and puts it back. No connection is told: only silence shows it. */
async function unplug(scene: Scene, name: string, ms: number, sellers: readonly string[]): Promise<void> {
  const { namespaces, store, load } = scene;
  if (namespaces === undefined) throw new Error("the processes have no networks of their own");
  namespaces.setLink(name, "down");
  try {
    if (sellers.length > 0) await load.progress(someSales, sellers);
    await Bun.sleep(ms);
  } finally {
    namespaces.setLink(name, "up");
  }
  await awaitUnity(store);
  await load.progress(someSales);
}

const both = ["front-end 1", "front-end 2"];

/** Network links that go down between real network namespaces. */
export const cableFaults: readonly Fault[] = [
  {
    name: "the leader's network link is down",
    victim: "replica",
    brief: true,
    cost: noCost,
    needs: "namespaces",
    act: async (scene) => unplug(scene, `order ${await awaitLeader(scene.store)}`, scene.longMs, both),
  },
  {
    name: "a follower's network link is down",
    victim: "replica",
    cost: noCost,
    needs: "namespaces",
    act: async (scene) => unplug(scene, `order ${await awaitFollower(scene.store)}`, scene.longMs, both),
  },
  {
    name: "the catalog's network link is down",
    victim: "catalog",
    ...catalogAway,
    needs: "namespaces",
    act: (scene) => unplug(scene, "catalog", scene.longMs + deadlineMs, []),
  },
  {
    name: "a front-end's network link is down",
    victim: "front-end",
    brief: true,
    cost: "its own connections",
    excused: /^front-end 1: [a-z-]+: (connection lost|unreachable|timed out|HTTP 50[03])$/,
    needs: "namespaces",
    act: (scene) => unplug(scene, "front-end 1", scene.longMs, ["front-end 2"]),
  },
];
