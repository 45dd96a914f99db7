import { requestTypes } from "../load/slice.ts";
import { describeFinding } from "../proof/findings.ts";
import { type Chart, escapeHtml, formatPage, htmlTable } from "./page.ts";
import type { Report } from "./report.ts";
import { formatProof, formatVerdict, requestRows } from "./terminal.ts";

/** A run's report as one self-contained page with plots. */
export function formatHtml(report: Report): string {
  return formatPage({
    title: `Toystore: ${report.title}`,
    top: top(report),
    charts: charts(report),
    bottom: bottom(report),
  });
}

function top(report: Report): string {
  const verdict = formatVerdict(report).at(-1) ?? "";
  const tone = report.exitStatus === 0 ? "good" : "bad";
  const interrupted = report.end === "complete" ? "" : ` (${report.end})`;
  const { orders, perSecond, seconds, generator } = report;
  return [
    `<h1>${escapeHtml(report.title)}</h1>`,
    `<p class="soft">${escapeHtml(report.startedAt)}, ${seconds.toFixed(1)} s${escapeHtml(interrupted)} &middot; <code>bin/client ${escapeHtml(report.command.join(" "))}</code></p>`,
    `<p class="verdict ${tone}" id="verdict">${escapeHtml(verdict)} <span class="soft">(status ${report.exitStatus})</span></p>`,
    `<p>${Math.round(perSecond)} requests/s, ${orders.acknowledged} orders, ${orders.outOfStock} refused as out of stock</p>`,
    list("warn", generator.warnings),
    list("bad", report.findings.map(describeFinding)),
    htmlTable(requestRows(report)),
  ].join("\n");
}

/** What went wrong, what happened, what was proved. */
function bottom(report: Report): string {
  const { errors, failedAttempts, events, thresholds, proof } = report;
  const counts = (of: Readonly<Record<string, number>>): string[] =>
    Object.entries(of).map(([kind, count]) => `${kind}: ${count}`);
  const section = (title: string, items: readonly string[]): string =>
    items.length === 0 ? "" : `<h2>${title}</h2>\n${list("", items)}`;
  return [
    proof === undefined ? "" : `<section id="proof">${section("Proof", formatProof(proof))}</section>`,
    section(
      "Thresholds",
      thresholds.map((at) => `${at.text}: ${at.kept ? "kept" : "MISSED"} (${at.measured})`),
    ),
    section(
      "Events",
      events.map(({ at, label }) => `${at.toFixed(1)} s: ${label}`),
    ),
    section("Errors", counts(errors)),
    section("Attempts that were repeated", counts(failedAttempts)),
  ].join("\n");
}

function list(tone: string, items: readonly string[]): string {
  if (items.length === 0) return "";
  return `<ul class="${tone}">${items.map((item) => `<li>${escapeHtml(item)}</li>`).join("\n")}</ul>`;
}

function charts(report: Report): Chart[] {
  return [latencyOverTime(report), percentiles(report), throughput(report), errorsOverTime(report)];
}

function timeChart(report: Report, of: Pick<Chart, "title" | "yLabel" | "log" | "y">): Chart {
  const x = report.timeline.map(({ second }) => second);
  const marks = report.events.map(({ at, label }) => ({ at, label }));
  return { ...of, xLabel: "seconds", xKind: "number", x, marks };
}

function latencyOverTime(report: Report): Chart {
  const shown = (["query", "buy", "check"] as const).filter((type) =>
    report.timeline.some((point) => point.requests[type].answered > 0),
  );
  const y = shown.flatMap((type) =>
    (["p50", "p99", "max"] as const).map((what) => ({
      label: `${type} ${what}`,
      values: report.timeline.map(({ requests }) => (requests[type].answered === 0 ? null : requests[type][what])),
    })),
  );
  return timeChart(report, { title: "Latency over time", yLabel: "ms", log: true, y });
}

function percentiles(report: Report): Chart {
  const shown = requestTypes.filter((type) => report.requests[type].answered > 0);
  const x = [...new Set(shown.flatMap((type) => report.requests[type].percentiles.map(([at]) => at)))].sort(
    (a, b) => a - b,
  );
  const y = shown.map((type) => {
    const known = new Map(report.requests[type].percentiles);
    const last = report.requests[type].percentiles.at(-1)?.[0] ?? 0;
    let latest: number | null = null;
    const values = x.map((at) => {
      latest = known.get(at) ?? latest;
      return at > last ? null : latest;
    });
    return { label: type, values };
  });
  return {
    title: "Latency by percentile",
    xLabel: "percentile",
    xKind: "percentile",
    x,
    yLabel: "ms",
    log: true,
    y,
    marks: [],
  };
}

function throughput(report: Report): Chart {
  const y = requestTypes.map((type) => ({
    label: type,
    // The last second is mostly not a whole one: it only brings what was under way to its end.
    values: report.timeline.map(({ second, requests }) =>
      second + 1 > report.seconds ? null : requests[type].answered,
    ),
  }));
  return timeChart(report, { title: "Throughput", yLabel: "answered per second", log: false, y });
}

function errorsOverTime(report: Report): Chart {
  const y = (["errors", "retries", "dropped"] as const).map((label) => ({
    label,
    values: report.timeline.map((point) => point[label]),
  }));
  return timeChart(report, {
    title: "Errors, repeated attempts, dropped iterations",
    yLabel: "per second",
    log: false,
    y,
  });
}
