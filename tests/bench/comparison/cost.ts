import type { Generator } from "../load/load.ts";
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
  { generator, folder }: { readonly generator: Generator; readonly folder: string },
): Promise<Cost[]> {
  const groups = running.processes.map((process) => ({ process, pids: treeOf(process.pid) }));
  const counter = await countSyncs(
    groups.flatMap(({ pids }) => pids),
    folder,
  );
  const before = groups.map(({ pids }) => cpuUsOf(pids));
  const { requests, failures } = await takeTurn(
    { peer, running },
    hot,
    { ...turn, prefix: counter?.prefix ?? [] },
    generator,
  );
  const counts = await counter?.counts();
  return groups.map(({ process, pids }, i) => {
    const syncs = counts === undefined ? undefined : sum(pids.flatMap(threadsOf).map((id) => counts.get(id) ?? 0));
    const cpuUs = cpuUsOf(pids) - (before[i] ?? 0);
    return describe({
      peer: peer.name,
      connections: turn.connections,
      process: process.name,
      cpuUs,
      syncs,
      purchases: requests - failures,
    });
  });
}

interface Spent extends Pick<Cost, "peer" | "connections" | "process"> {
  readonly cpuUs: number;
  readonly syncs: number | undefined;
  readonly purchases: number;
}

function describe({ cpuUs, syncs, purchases, ...key }: Spent): Cost {
  const cost = { ...key, cpuUs: round(cpuUs / purchases) };
  return syncs === undefined ? cost : { ...cost, purchasesPerSync: syncs === 0 ? 0 : round(purchases / syncs) };
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
