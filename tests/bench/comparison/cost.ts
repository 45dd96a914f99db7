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
  /** Purchases in one of the batches that it is sent; undefined: its files do not tell. */
  readonly purchasesPerBatch?: number;
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
  const before = groups.map(({ process, pids }) => ({ cpuUs: cpuUsOf(pids), batches: process.batches?.() }));
  const { requests, failures } = await takeTurn(
    { peer, running },
    hot,
    { ...turn, prefix: counter?.prefix ?? [] },
    generator,
  );
  const counts = await counter?.counts();
  return groups.map(({ process, pids }, i) => {
    const syncs = counts === undefined ? undefined : sum(pids.flatMap(threadsOf).map((id) => counts.get(id) ?? 0));
    const cpuUs = cpuUsOf(pids) - (before[i]?.cpuUs ?? 0);
    const batchesBefore = before[i]?.batches;
    const batches = batchesBefore === undefined ? undefined : (process.batches?.() ?? 0) - batchesBefore;
    return describe({
      peer: peer.name,
      connections: turn.connections,
      process: process.name,
      cpuUs,
      syncs,
      batches,
      purchases: requests - failures,
    });
  });
}

interface Spent extends Pick<Cost, "peer" | "connections" | "process"> {
  readonly cpuUs: number;
  readonly syncs: number | undefined;
  readonly batches: number | undefined;
  readonly purchases: number;
}

function describe({ cpuUs, syncs, batches, purchases, ...key }: Spent): Cost {
  return {
    ...key,
    cpuUs: round(cpuUs / purchases),
    ...(syncs === undefined ? {} : { purchasesPerSync: per(syncs) }),
    ...(batches === undefined ? {} : { purchasesPerBatch: per(batches) }),
  };

  function per(count: number): number {
    return count === 0 ? 0 : round(purchases / count);
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
