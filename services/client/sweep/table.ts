import type { RequestType } from "../load/slice.ts";
import type { Chart } from "../report/page.ts";
import type { Report } from "../report/report.ts";
import { formatMs } from "../report/terminal.ts";

/** The runs of one chance of buying. */
export interface SweepPoint {
  readonly p: number;
  readonly cached: Report;
  readonly uncached: Report;
}

const types: readonly RequestType[] = ["query", "buy", "check"];

/** Mean latencies by p, with and without the cache, and what it saves. */
export function sweepRows(points: readonly SweepPoint[]): string[][] {
  const titles = ["p", ...types.flatMap((type) => [`${type}, cache on`, `${type}, cache off`, "saved"])];
  const row = (at: SweepPoint): string[] => [
    `${at.p}`,
    ...types.flatMap((type) => {
      const [on, off] = [meanOf(at.cached, type), meanOf(at.uncached, type)];
      return [show(on), show(off), on === null || off === null ? "-" : `${Math.round((1 - on / off) * 100)} %`];
    }),
  ];
  return [titles, ...points.map(row)];
}

/** A plot for each type of request: mean and p99 by p. */
export function sweepCharts(points: readonly SweepPoint[]): Chart[] {
  return types.map((type) => ({
    title: `Latency of ${type} by chance of buying`,
    xLabel: "p",
    xKind: "number",
    x: points.map(({ p }) => p),
    yLabel: "ms",
    log: false,
    y: (["cached", "uncached"] as const).flatMap((cache) => [
      {
        label: `mean, cache ${cache === "cached" ? "on" : "off"}`,
        values: points.map((at) => meanOf(at[cache], type)),
      },
      {
        label: `p99, cache ${cache === "cached" ? "on" : "off"}`,
        values: points.map((at) =>
          at[cache].requests[type].answered === 0 ? null : at[cache].requests[type].latency.p99,
        ),
      },
    ]),
    marks: [],
  }));
}

/** One sentence: how much less time a query takes with the cache, over all p. */
export function sweepSummary(points: readonly SweepPoint[]): string {
  const sum = (cache: "cached" | "uncached"): number =>
    points.reduce((total, at) => total + (meanOf(at[cache], "query") ?? 0), 0);
  const saved = Math.round((1 - sum("cached") / Math.max(1e-9, sum("uncached"))) * 100);
  return `With the cache a query takes ${saved} % less time, in the mean over all p.`;
}

/** null: there were no such requests. */
function meanOf(report: Report, type: RequestType): number | null {
  const { answered, latency } = report.requests[type];
  return answered === 0 ? null : latency.mean;
}

function show(ms: number | null): string {
  return ms === null ? "-" : formatMs(ms);
}
