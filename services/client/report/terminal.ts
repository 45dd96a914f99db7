import { requestTypes } from "../load/slice.ts";
import { describeFinding } from "../proof/findings.ts";
import { errorsOf } from "./build.ts";
import type { ProofReport, Report, RequestReport } from "./report.ts";
import { formatTable } from "./table.ts";

/** The report for people, with a line end after each line. */
export function formatReport(report: Report): string {
  const lines = [
    ...formatEnd(report),
    ...formatTable(requestRows(report)),
    "",
    formatTotals(report),
    ...Object.entries(report.failedAttempts).map(([kind, count]) => `retried  ${kind}: ${count}`),
    ...Object.entries(report.errors).map(([kind, count]) => `error  ${kind}: ${count}`),
    ...report.events.map(({ at, label }) => `event  ${at.toFixed(1)} s: ${label}`),
    ...formatGenerator(report),
    ...(report.proof === undefined ? [] : formatProof(report.proof)),
    ...report.thresholds.map(
      ({ text, measured, kept }) => `threshold  ${text}: ${kept ? "kept" : "MISSED"} (${measured})`,
    ),
    ...formatVerdict(report),
  ];
  return `${lines.join("\n")}\n`;
}

function formatEnd({ end, endReason }: Report): string[] {
  switch (end) {
    case "interrupted":
      return ["Interrupted; this is the report so far."];
    case "gave up":
      return ["Gave up: the store has not answered for a long time."];
    case "journal failed":
      return [`Ended: the journal cannot be written (${endReason}), and what is not on record cannot be proved.`];
    case "worker failed":
      return [`Ended: ${endReason}.`];
    case "complete":
    case "unreachable":
      return [];
  }
}

const columns = ["request", "answered", "errors", "retries", "mean", "p50", "p95", "p99", "p99.9", "p99.99", "max"];

/** A row for each type of request, below a row of titles. */
export function requestRows({ requests }: Pick<Report, "requests">): string[][] {
  return [columns, ...requestTypes.map((type) => formatRow(type, requests[type]))];
}

function formatRow(type: string, { answered, errors, retries, latency }: RequestReport): string[] {
  const { mean, p50, p95, p99, max } = latency;
  const values = [mean, p50, p95, p99, latency["p99.9"], latency["p99.99"], max];
  const latencies = values.map((ms) => (answered === 0 ? "-" : formatMs(ms)));
  return [type, `${answered}`, `${errors}`, `${retries}`, ...latencies];
}

/** Three digits that matter, in milliseconds. */
export function formatMs(ms: number): string {
  const digits = ms < 10 ? 2 : ms < 100 ? 1 : 0;
  return `${ms.toFixed(digits)} ms`;
}

function formatTotals({ orders, seconds, perSecond }: Report): string {
  const rates = `${Math.round(perSecond)} requests/s, ${Math.round(orders.perSecond)} orders/s`;
  return `${orders.acknowledged} orders, ${orders.outOfStock} refused as out of stock, in ${seconds.toFixed(2)} s: ${rates}`;
}

function formatGenerator({ generator }: Report): string[] {
  const { workers, cpu, lateness, warnings } = generator;
  const late =
    lateness.max === 0 ? "" : `, began iterations p50 ${formatMs(lateness.p50)} late, p99 ${formatMs(lateness.p99)}`;
  const who = workers === 1 ? "1 worker" : `${workers} workers`;
  return [
    `generator  ${who}, ${Math.round(cpu * 100)} % of a core${workers === 1 ? "" : " (the busiest)"}${late}`,
    ...warnings.map((warning) => `WARNING  ${warning}`),
  ];
}

/** What was proved, with its notes and holes. */
export function formatProof(proof: ProofReport): string[] {
  const at = proof.frontEnds.length === 1 ? "" : ` at each of ${proof.frontEnds.length} front-ends`;
  const lines = [
    `verified: ${proof.verified} of ${proof.acknowledged + proof.happened} orders read back as they were bought${at}`,
  ];
  if (proof.unknown > 0) {
    lines.push(
      `unknown outcomes: ${proof.unknown}, of which ${proof.happened} had happened, once, and ${proof.didNotHappen} had not`,
    );
  }
  if (proof.foreign > 0) lines.push(`orders of others among them: ${proof.foreign}`);
  if (proof.stockChecked > 0) lines.push(`stock adds up for ${proof.stockChecked} toys`);
  lines.push(...proof.notes.map((note) => `note  ${note}`), ...proof.holes.map((hole) => `UNPROVED  ${hole}`));
  return lines;
}

/** The last lines: the evidence, and one line that says how it went. */
export function formatVerdict(
  report: Pick<Report, "findings" | "findingsCount" | "requests" | "thresholds" | "proof">,
): string[] {
  const { findings, findingsCount, thresholds, proof } = report;
  const lines = findings.map((finding) => `BROKEN  ${describeFinding(finding)}`);
  if (findingsCount > findings.length) lines.push(`BROKEN  and ${findingsCount - findings.length} more`);
  const errors = errorsOf(report);
  const missed = thresholds.filter(({ kept }) => !kept).length;
  const holes = proof?.holes.length ?? 0;
  if (findingsCount > 0) lines.push(`FAILED: the store broke ${plural(findingsCount, "promise")}`);
  else if (missed > 0) lines.push(`FAILED: ${plural(missed, "threshold")} missed`);
  else if (errors > 0) lines.push(`${plural(errors, "error")} remained after retries`);
  else if (holes > 0) lines.push("0 errors, and the proof has holes");
  else lines.push("0 errors, 0 mismatches");
  return lines;
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}
