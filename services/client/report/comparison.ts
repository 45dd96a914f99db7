import { requestTypes } from "../load/slice.ts";
import { errorsOf } from "./build.ts";
import type { Latency, Report } from "./report.ts";
import { formatTable } from "./table.ts";
import { formatMs } from "./terminal.ts";

interface Named {
  readonly name: string;
  readonly report: Report;
}

const shownLatencies = ["mean", "p50", "p95", "p99", "p99.9", "p99.99", "max"] as const satisfies (keyof Latency)[];

/** Two runs side by side, for people; the last column is B compared with A. */
export function formatComparison(a: Named, b: Named): string {
  const rows = [
    ["", "A", "B", "B - A"],
    numbers("requests/s", a.report.perSecond, b.report.perSecond),
    numbers("orders", a.report.orders.acknowledged, b.report.orders.acknowledged),
    numbers("errors", errorsOf(a.report), errorsOf(b.report)),
    numbers("dropped", a.report.generator.dropped, b.report.generator.dropped),
    numbers("promises broken", a.report.findingsCount, b.report.findingsCount),
    ...requestTypes.flatMap((type) => latencyRows(type, a.report, b.report)),
  ];
  const heads = [a, b].map(({ name, report }, i) => `${"AB"[i]}  ${name}: ${report.title}, ${report.startedAt}`);
  return `${[...heads, ...formatTable(rows), ...doubts(a.report, b.report)].join("\n")}\n`;
}

function latencyRows(type: (typeof requestTypes)[number], a: Report, b: Report): string[][] {
  const [first, second] = [a.requests[type], b.requests[type]];
  if (first.answered === 0 || second.answered === 0) return [];
  return [
    numbers(`${type} answered/s`, first.perSecond, second.perSecond),
    ...shownLatencies.map((at) => {
      const [before, after] = [first.latency[at], second.latency[at]];
      return [`${type} ${at}`, formatMs(before), formatMs(after), change(before, after)];
    }),
  ];
}

function numbers(title: string, a: number, b: number): string[] {
  return [title, `${a}`, `${b}`, change(a, b)];
}

function change(a: number, b: number): string {
  if (a === b) return "=";
  if (a === 0) return `+${b}`;
  const percent = ((b - a) / a) * 100;
  return `${percent > 0 ? "+" : ""}${percent.toFixed(Math.abs(percent) < 10 ? 1 : 0)} %`;
}

/** Why the two should not be compared, or not blindly. */
function doubts(a: Report, b: Report): string[] {
  const doubtsFound: string[] = [];
  const limited = (["A", "B"] as const).filter((_, i) => [a, b][i]?.generator.warnings.length !== 0);
  if (limited.length > 0)
    doubtsFound.push(`note  the load generator was a limit in ${limited.join(" and ")}: see its warnings`);
  const clean = (words: readonly string[]): string => words.filter((word) => !/\.(json|html)$/.test(word)).join(" ");
  if (clean(a.command) !== clean(b.command)) {
    doubtsFound.push(`note  different loads: A "${clean(a.command)}", B "${clean(b.command)}"`);
  }
  return doubtsFound;
}
