import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { parseWords, showDefaults } from "../arguments/parse.ts";
import { parseRun } from "../arguments/run.ts";
import * as values from "../arguments/values.ts";
import { escapeHtml, formatPage, htmlTable } from "../report/page.ts";
import type { Report } from "../report/report.ts";
import { formatMarkdown, formatTable } from "../report/table.ts";
import { formatVerdict } from "../report/terminal.ts";
import { PrivateStore } from "../sweep/private-store.ts";
import { type SweepPoint, sweepCharts, sweepRows, sweepSummary } from "../sweep/table.ts";
import { readToys } from "../toys.ts";
import { tell } from "./command.ts";
import { performRun, type RunWorld } from "./perform.ts";
import { systemWorld } from "./run.ts";

interface SweepValues {
  clients: number;
  nRepeats: number;
  p: number[];
  out: string;
}

function describeSweep(): Command {
  const command = new Command("bin/client sweep")
    .usage("[options]")
    .description(
      "What the front-end's cache is worth: clients shop at two stores of their own, one with its cache on and one " +
        "with it off, for each chance of buying. Both stores run here, on free ports, and are gone afterwards.",
    )
    .option("--clients <n>", "sessions at once", values.wholeNumber(1, 1_000), 5)
    .option(
      "--n-repeats <n>",
      "repeats of each session, for each p and each store",
      values.wholeNumber(1, 1_000_000),
      500,
    )
    .option("--p <chances>", "chances of buying, separated by commas", values.chances, [0, 0.2, 0.4, 0.6, 0.8])
    .option("--out <folder>", "where sweep.md, sweep.html and sweep.json are written", "sweep")
    .allowExcessArguments(false)
    .addHelpText(
      "after",
      "\nExamples:\n  bin/client sweep\n  bin/client sweep --n-repeats 5000 --p 0,0.5,1 --out lab\n\nExit status: the gravest of its runs (see bin/client --help).",
    );
  return showDefaults(command, { "--p": "0,0.2,0.4,0.6,0.8" });
}

/** bin/client sweep: returns the exit status. */
export async function sweepCommand(words: readonly string[]): Promise<number> {
  const command = describeSweep();
  const notParsed = parseWords(command, words);
  if (notParsed !== undefined) return tell(notParsed);
  const wanted = command.opts<SweepValues>();
  const world = systemWorld();
  await using cached = await PrivateStore.open({ CACHE: "on" });
  await using uncached = await PrivateStore.open({ CACHE: "off" });
  const points: SweepPoint[] = [];
  // What the processes compile and cache at first must not count against whichever store comes first.
  for (const store of [cached, uncached])
    await shop(store, { ...wanted, nRepeats: Math.ceil(wanted.nRepeats / 4) }, 0.5, world);
  for (const p of wanted.p) {
    if (world.interrupted()) break;
    const point = { p, cached: await shop(cached, wanted, p, world), uncached: await shop(uncached, wanted, p, world) };
    points.push(point);
    process.stdout.write(`p ${p}: cache on ${describe(point.cached)}, cache off ${describe(point.uncached)}\n`);
  }
  present(wanted, points);
  const statuses = points.flatMap(({ cached: a, uncached: b }) => [a.exitStatus, b.exitStatus]);
  return world.interrupted() ? 130 : Math.max(0, ...statuses);
}

async function shop(store: PrivateStore, wanted: SweepValues, p: number, world: RunWorld): Promise<Report> {
  const options = {
    "--target": `127.0.0.1:${store.port}`,
    "--n-threads": wanted.clients,
    "--n-repeats": wanted.nRepeats,
    "--p": p,
  };
  const words = Object.entries(options).flatMap(([name, value]) => [name, `${value}`]);
  const parsed = parseRun(words);
  const toys = readToys(store.catalogFile);
  if (parsed.type !== "run" || "problem" in toys)
    throw new Error(`a sweep's own arguments are refused: ${JSON.stringify(parsed)}`);
  const performed = await performRun(parsed.arguments, toys, world);
  if (performed.type === "usage") throw new Error(performed.problem);
  return performed.report;
}

function describe(report: Report): string {
  return `${report.requests.query.latency.mean.toFixed(2)} ms per query (${formatVerdict(report).at(-1)})`;
}

function present(wanted: SweepValues, points: readonly SweepPoint[]): void {
  const rows = sweepRows(points);
  const title = `${wanted.clients} clients, ${wanted.nRepeats} repeats each`;
  const summary = sweepSummary(points);
  process.stdout.write(`${formatTable(rows).join("\n")}\n${summary}\n`);
  mkdirSync(wanted.out, { recursive: true });
  const write = (name: string, text: string): void => writeFileSync(join(wanted.out, name), text);
  write("sweep.json", `${JSON.stringify({ toystoreSweep: 1, points }, undefined, 2)}\n`);
  write(
    "sweep.md",
    `# What the cache is worth\n\n${title}; mean latencies.\n\n${formatMarkdown(rows)}\n\n${summary}\n`,
  );
  write(
    "sweep.html",
    formatPage({
      title: "Toystore: what the cache is worth",
      top: `<h1>What the cache is worth</h1><p class="soft">${escapeHtml(title)}; mean latencies</p><p class="verdict">${escapeHtml(summary)}</p>${htmlTable(rows)}`,
      charts: sweepCharts(points),
      bottom: "",
    }),
  );
  process.stdout.write(
    `written: ${["sweep.md", "sweep.html", "sweep.json"].map((name) => join(wanted.out, name)).join(", ")}\n`,
  );
}
