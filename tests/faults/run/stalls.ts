import { awaitRest, checkFiles } from "../checks/rest.ts";
import { Load } from "../load/load.ts";
import type { FaultStore } from "../store/fault-store.ts";
import { awaitLeader, awaitUnity } from "../store/standing.ts";
import { toys } from "./episode.ts";
import { onceOnly, prepareSetting } from "./setting.ts";

/** One way for a leader to go, and how long clients are to wait at most. */
interface Kind {
  readonly name: string;
  readonly targetMs: number;
  readonly act: (store: FaultStore, leader: number) => Promise<void>;
  readonly undo: (store: FaultStore, leader: number) => void;
}

const start = (store: FaultStore, leader: number): void => store.order(leader).start();

const kinds: readonly Kind[] = [
  {
    name: "kill -9 of the leader",
    targetMs: 300,
    act: async (store, leader) => void (await store.order(leader).kill("SIGKILL")),
    undo: start,
  },
  {
    name: "SIGSTOP of the leader",
    targetMs: 2_000,
    act: async (store, leader) => store.order(leader).pause(),
    undo: (store, leader) => store.order(leader).resume(),
  },
  {
    name: "SIGTERM of the leader",
    targetMs: 100,
    act: async (store, leader) => void (await store.order(leader).kill("SIGTERM")),
    undo: start,
  },
];

/** What clients saw at the end of a leader, in several runs. */
export interface Stall {
  readonly name: string;
  readonly targetMs: number;
  /** The longest wait of each run, shortest first. */
  readonly longestMs: readonly number[];
  readonly errors: number;
}

/** Shoppers that come so often that one of them is bound to meet the stall. */
const busy = { shoppers: 4, pauseMs: 3 };

/** Takes the leader away so often in each way, while clients shop, and measures how long they wait. Reports, asserts nothing. */
export async function measureStalls(runs: number, onStall: (stall: Stall) => void): Promise<string[]> {
  const { store } = await prepareSetting("plain", onceOnly());
  await using _ = store;
  store.startAll();
  await awaitUnity(store);
  const load = new Load({ counters: store.counters, toys, seed: 1, ...busy });
  try {
    await load.progress(50);
    for (const kind of kinds) onStall(await measure(store, load, kind, runs));
  } finally {
    await load.stop();
  }
  return checkFiles(await awaitRest(store), load.purchases);
}

async function measure(store: FaultStore, load: Load, kind: Kind, runs: number): Promise<Stall> {
  const longest: number[] = [];
  const troublesBefore = load.troubles.length;
  for (let run = 0; run < runs; run++) {
    await awaitUnity(store);
    const leader = await awaitLeader(store);
    await load.progress(20);
    const startMs = performance.now();
    await kind.act(store, leader);
    await awaitLeader(store, leader);
    await load.progress(20);
    longest.push(load.longestMs(startMs));
    kind.undo(store, leader);
  }
  await awaitUnity(store);
  longest.sort((a, b) => a - b);
  const { name, targetMs } = kind;
  return { name, targetMs, longestMs: longest, errors: load.troubles.length - troublesBefore };
}

export function median(sorted: readonly number[]): number {
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
