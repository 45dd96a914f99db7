import type { Spread } from "../samples.ts";
import type { Figure } from "../scenario.ts";
import type { Cells } from "./cells.ts";
import type { CellKey } from "./plan.ts";

type Measured = Spread | undefined;

interface Target {
  readonly what: string;
  readonly target: string;
  readonly measure: (cells: Cells, twoSyncsUs: number) => Measured;
  readonly holds: (ratio: number) => boolean;
}

const key = (peer: string, work: string, connections: number): CellKey => ({ peer, work, connections });

const atLeast =
  (limit: number): ((ratio: number) => boolean) =>
  (ratio) =>
    ratio >= limit;
const atMost =
  (limit: number): ((ratio: number) => boolean) =>
  (ratio) =>
    ratio <= limit;

/** Our rate in relation to another's at the same work, or to ours at other work. */
const relation =
  (work: string, connections: number, other: { readonly peer?: string; readonly work?: string }) =>
  (cells: Cells): Measured =>
    cells.ratio(key("store", work, connections), key(other.peer ?? "store", other.work ?? work, connections));

const targets: readonly Target[] = [
  {
    what: "cached product read / the ceiling's, 64 connections",
    target: ">= 0.85",
    measure: relation("read", 64, { peer: "ceiling" }),
    holds: atLeast(0.85),
  },
  {
    what: "purchase of one hot product / the ceiling's POST, 64 connections",
    target: ">= 0.25",
    measure: relation("hot", 64, { peer: "ceiling" }),
    holds: atLeast(0.25),
  },
  {
    what: "purchase of one hot product / PostgreSQL with standbys, 64 connections",
    target: ">= 20",
    measure: relation("hot", 64, { peer: "postgres-standbys" }),
    holds: atLeast(20),
  },
  {
    what: "purchase of one hot product / etcd, 64 connections",
    target: ">= 5",
    measure: relation("hot", 64, { peer: "etcd" }),
    holds: atLeast(5),
  },
  {
    what: "purchase of one hot product / the ceiling's POST, 256 connections",
    target: ">= 0.35",
    measure: relation("hot", 256, { peer: "ceiling" }),
    holds: atLeast(0.35),
  },
  {
    what: "one hot product / 162 products, 64 connections",
    target: ">= 0.95",
    measure: relation("hot", 64, { work: "spread" }),
    holds: atLeast(0.95),
  },
  {
    what: "purchase, p99 / p50, 64 connections",
    target: "<= 5",
    measure: (cells) => cells.tail(key("store", "hot", 64)),
    holds: atMost(5),
  },
  {
    what: "purchase at 1 connection, p50 / two sequential fdatasyncs",
    target: "<= 4",
    measure: (cells, twoSyncsUs) => {
      const p50Us = cells.p50Us(key("store", "hot", 1));
      if (p50Us === undefined) return undefined;
      const ratio = p50Us / twoSyncsUs;
      return { median: ratio, low: ratio, high: ratio };
    },
    holds: atMost(4),
  },
  {
    what: "order look-up / the ceiling's read, 64 connections",
    target: ">= 0.6",
    measure: (cells) => cells.ratio(key("store", "lookup", 64), key("ceiling", "read", 64)),
    holds: atLeast(0.6),
  },
];

/** The targets, each with what this run says; the median decides. */
export function judgeTargets(cells: Cells, twoSyncsUs: number): Figure[] {
  return targets.map(({ what, target, measure, holds }) => {
    const ratio = measure(cells, twoSyncsUs);
    if (ratio === undefined) return { what, value: "not measured", target };
    return { what, value: formatRatio(ratio), target, met: holds(ratio.median) };
  });
}

function formatRatio({ median, low, high }: Spread): string {
  const show = (ratio: number): string => (ratio < 10 ? ratio.toFixed(2) : ratio.toFixed(1));
  return low === high ? show(median) : `${show(median)} (${show(low)} to ${show(high)})`;
}
