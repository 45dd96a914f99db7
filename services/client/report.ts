import type { Arguments } from "./arguments.ts";
import { describeFinding } from "./findings.ts";
import type { LoadResult } from "./load.ts";
import { type Measurements, type RequestMeasurement, requestTypes } from "./measurements.ts";

/** 0 well, 2 errors remained, 3 a promise broken, 4 store unreachable, 130 interrupted before all was verified. */
export type ExitStatus = 0 | 2 | 3 | 4 | 130;

/** The worst of what happened decides; a broken promise is worse than anything. */
export function exitStatus(wanted: Arguments, result: LoadResult): ExitStatus {
  const { measurements } = result;
  if (measurements.findingsCount > 0) return 3;
  if (result.end === "unreachable" || result.end === "gave up") return 4;
  if (measurements.errorsCount > 0) return 2;
  const isVerified = wanted.runType !== "session_check" || measurements.verified === measurements.orders.size;
  return result.end === "interrupted" && !isVerified ? 130 : 0;
}

/** The report for people, with a line end after each line. */
export function formatReport(wanted: Arguments, result: LoadResult): string {
  const { measurements } = result;
  const address = `${wanted.frontHost}:${wanted.frontPort}`;
  if (result.end === "unreachable") {
    return `Nothing answers at ${address}. Start the store (bun run services), or name another with --front_host and --front_port.\n`;
  }
  const lines = [
    ...formatEnd(result),
    ...formatTable(measurements),
    "",
    formatTotals(result),
    ...[...measurements.errorsByKind].map(([kind, count]) => `error  ${kind}: ${count}`),
    ...formatVerdict(wanted, measurements),
  ];
  return `${lines.join("\n")}\n`;
}

/** The line that a run begins with. */
export function formatHead(
  wanted: Arguments,
  toys: { readonly names: readonly string[]; readonly from: string },
): string {
  const sessions = `${wanted.threads} ${wanted.threads === 1 ? "session" : "sessions"} x ${wanted.repeats} repeats`;
  const chance = wanted.runType === "query" ? "" : `, p ${wanted.buyProbability}`;
  const address = `${wanted.frontHost}:${wanted.frontPort}`;
  return `${wanted.runType} at ${address}: ${sessions}${chance}, ${toys.names.length} toys (${toys.from})\n`;
}

function formatEnd(result: LoadResult): string[] {
  if (result.end === "interrupted") return ["Interrupted; this is the report so far."];
  if (result.end === "gave up") return ["Gave up: the store has not answered for a long time."];
  return [];
}

const columns = ["request", "answered", "errors", "retries", "mean", "p50", "p95", "p99", "max"] as const;

function formatTable(measurements: Measurements): string[] {
  const rows: string[][] = requestTypes.map((type) => formatRow(type, measurements.requests[type]));
  const widths = columns.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join("  ");
  return [line(columns), ...rows.map(line)];
}

function formatRow(type: string, request: RequestMeasurement): string[] {
  const { latency, errors, retries } = request;
  const count = latency.totalCount;
  const percentile = (percent: number): number => latency.getValueAtPercentile(percent);
  const values = [latency.mean, percentile(50), percentile(95), percentile(99), latency.maxValue];
  const latencies = values.map((microseconds) => (count === 0 ? "-" : formatLatency(microseconds)));
  return [type, `${count}`, `${errors}`, `${retries}`, ...latencies];
}

/** Three digits that matter, in milliseconds. */
function formatLatency(microseconds: number): string {
  const ms = microseconds / 1000;
  const digits = ms < 10 ? 2 : ms < 100 ? 1 : 0;
  return `${ms.toFixed(digits)} ms`;
}

function formatTotals(result: LoadResult): string {
  const { measurements, shopMs } = result;
  const seconds = Math.max(shopMs, 1) / 1000;
  const shopped = measurements.requests.query.latency.totalCount + measurements.requests.buy.latency.totalCount;
  const orders = measurements.orders.size;
  const rates = `${Math.round(shopped / seconds)} requests/s, ${Math.round(orders / seconds)} orders/s`;
  return `${orders} orders, ${measurements.outOfStock} refused as out of stock, in ${seconds.toFixed(2)} s: ${rates}`;
}

function formatVerdict(wanted: Arguments, measurements: Measurements): string[] {
  const { findings, findingsCount, verified, orders, errorsCount } = measurements;
  const lines = findings.map((finding) => `BROKEN  ${describeFinding(finding)}`);
  if (findingsCount > findings.length) lines.push(`BROKEN  and ${findingsCount - findings.length} more`);
  if (wanted.runType === "session_check")
    lines.push(`verified: ${verified} of ${orders.size} orders read back as they were bought`);
  if (findingsCount > 0)
    lines.push(`FAILED: the store broke ${findingsCount} ${findingsCount === 1 ? "promise" : "promises"}`);
  else if (errorsCount > 0)
    lines.push(`${errorsCount} ${errorsCount === 1 ? "error" : "errors"} remained after retries`);
  else lines.push("0 errors, 0 mismatches");
  return lines;
}
