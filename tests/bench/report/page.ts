import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ComparisonResult } from "../comparison/result.ts";
import { allScenarios } from "../growth/scenarios.ts";
import type { ProfileResult } from "../profile/run.ts";
import { drawChart } from "./chart.ts";
import { costTable, rateTables, type Table } from "./comparison-tables.ts";
import { figureHeader, figureRows } from "./figures.ts";
import { type KeptScenario, keptComparison, keptProfile, keptScenarios } from "./kept.ts";
import { profileTables } from "./profile-tables.ts";
import { formatMarkdownTable } from "./table.ts";
import { formatMicros } from "./units.ts";

const docs = join(import.meta.dir, "../../../docs");
const pageFile = join(docs, "PERFORMANCE.md");
const chartFile = join(docs, "bench.svg");
/** Written by hand: where the time goes, what the limits are, what was tried. */
const notesFile = join(docs, "performance-notes.md");

/** What the page is made of. */
interface Kept {
  readonly comparison: ComparisonResult | undefined;
  readonly scenarios: readonly KeptScenario[];
  readonly profile: ProfileResult | undefined;
  readonly notes: string;
}

/** Writes docs/PERFORMANCE.md and its chart from what was last measured and from the notes. */
export async function writePage(): Promise<void> {
  for (const [file, text] of makePage()) await Bun.write(file, text);
}

/** The files and what should be in them. */
export function makePage(): [file: string, text: string][] {
  const notes = existsSync(notesFile) ? readFileSync(notesFile, "utf8") : "";
  const comparison = keptComparison();
  const page = formatPage({ comparison, scenarios: keptScenarios(), profile: keptProfile(), notes });
  return [
    [pageFile, page],
    ...(comparison === undefined ? [] : [[chartFile, drawChart(comparison)] as [string, string]]),
  ];
}

export function formatPage({ comparison, scenarios, profile, notes }: Kept): string {
  const lines = [
    "<!-- Written by `bun run bench`; do not edit. What was not measured stands in docs/performance-notes.md. -->",
    "# Performance",
    "",
    ...(comparison === undefined ? [] : formatComparison(comparison)),
    ...formatScenarios(scenarios),
    ...(profile === undefined ? [] : formatProfile(profile)),
    notes.trim(),
  ];
  return `${lines.join("\n").trim()}\n`;
}

function formatComparison(result: ComparisonResult): string[] {
  const { machine, skipped } = result;
  return [
    "## Side by side",
    "",
    `One run, everybody on the same machine, taking turns: ${result.rounds} rounds, ${result.seconds} s a turn.` +
      ` ${machine.processor}, ${machine.cores} cores, ${machine.memoryGb} GB; ${machine.system}, ${machine.kernel},` +
      ` ${machine.fileSystem}; Bun ${machine.bun}; load from ${result.load}. ${result.date} UTC, commit ${result.commit}.`,
    "",
    ...result.peers.map(({ title, how, versions }) => `- **${title}**: ${[how, ...versions].join("; ")}`),
    ...skipped.map((reason) => `- **SKIPPED** ${reason}`),
    "",
    "![Requests a second by kind of work and number of connections](bench.svg)",
    "",
    "### Targets",
    "",
    ...formatMarkdownTable(figureHeader, figureRows(result.targets)),
    "",
    `The load took at most ${describeGenerator(result)}.` +
      ` Two sequential fdatasyncs took ${formatMicros(result.twoSyncsUs)} in this run. All peers are up all the time;` +
      ` one that waits for its turn takes from the others, in shares of a core: ${result.peers.map(({ title, idleCores }) => `${title} ${(idleCores * 100).toFixed(1)} %`).join(", ")}.`,
    "",
    ...[...rateTables(result), costTable(result)].flatMap(formatSection),
  ];
}

/** Near a whole core it, and not the server, may be the limit. */
function describeGenerator({ cells, peers }: ComparisonResult): string {
  const [most] = cells.toSorted((a, b) => b.generatorCores - a.generatorCores);
  if (most === undefined) return "nothing";
  const title = peers.find(({ name }) => name === most.peer)?.title;
  return `${most.generatorCores} of a core (${title}, ${most.work}, ${most.connections} connections)`;
}

function formatProfile(result: ProfileResult): string[] {
  return [
    "## A profile of each process",
    "",
    `One hot product sold over ${result.connections} connections for ${result.seconds} s, sampled by Bun's own profiler` +
      ` (\`bun run bench --profile\`). ${result.date} UTC, commit ${result.commit}.`,
    "",
    ...profileTables(result).flatMap(formatSection),
  ];
}

function formatSection({ title, header, rows }: Table): string[] {
  return [`### ${title}`, "", ...formatMarkdownTable(header, rows), ""];
}

/** In the order in which they run; those that are no more, last. */
function formatScenarios(kept: readonly KeptScenario[]): string[] {
  if (kept.length === 0) return [];
  const order = allScenarios.map(({ name }) => name);
  const rank = ({ name }: KeptScenario): number => (order.includes(name) ? order.indexOf(name) : order.length);
  return [
    "## How cost grows",
    "",
    ...kept
      .toSorted((a, b) => rank(a) - rank(b))
      .flatMap(({ title, date, commit, figures, notes }) => [
        ...formatSection({ title, header: figureHeader, rows: figureRows(figures) }),
        ...notes.flatMap((note) => [note, ""]),
        `${date} UTC, commit ${commit}.`,
        "",
      ]),
  ];
}
