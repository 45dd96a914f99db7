import { type Work, works } from "../work.ts";
import type { Contestant } from "./contestants.ts";
import { cpuUsOf, threadsOf, treeOf } from "./processes.ts";
import { countSyncs } from "./sync-counter.ts";
import { takeTurn } from "./turn.ts";

/** What a purchase of one hot product costs one process of a peer. */
export interface Cost {
  readonly peer: string;
  readonly connections: number;
  readonly process: string;
  readonly cpuUs: number;
  /** Purchases that one sync carries; 0: it never synced; undefined: not counted. */
  readonly purchasesPerSync?: number;
}

const hot = works.find(({ name }) => name === "hot") as Work;

/** The rates that this sees are of no account: counting costs something. */
export async function measureCost(
  { peer, running }: Contestant,
  turn: { readonly connections: number; readonly seconds: number },
  folder: string,
): Promise<Cost[]> {
  const groups = running.processes.map((process) => ({ process, pids: treeOf(process.pid) }));
  const counter = await countSyncs(
    groups.flatMap(({ pids }) => pids),
    folder,
  );
  const before = groups.map(({ pids }) => cpuUsOf(pids));
  const { made } = await takeTurn({ peer, running }, hot, { ...turn, prefix: counter?.prefix ?? [] }, folder);
  const counts = await counter?.counts();
  return groups.map(({ process, pids }, i) => {
    const syncs = counts === undefined ? undefined : sum(pids.flatMap(threadsOf).map((id) => counts.get(id) ?? 0));
    const cpuUs = cpuUsOf(pids) - (before[i] ?? 0);
    return describe({ peer: peer.name, connections: turn.connections, process: process.name, cpuUs, syncs, made });
  });
}

interface Spent extends Pick<Cost, "peer" | "connections" | "process"> {
  readonly cpuUs: number;
  readonly syncs: number | undefined;
  /** Orders made meanwhile. */
  readonly made: number;
}

function describe({ cpuUs, syncs, made, ...key }: Spent): Cost {
  const cost = { ...key, cpuUs: round(cpuUs / made) };
  return syncs === undefined ? cost : { ...cost, purchasesPerSync: syncs === 0 ? 0 : round(made / syncs) };
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
