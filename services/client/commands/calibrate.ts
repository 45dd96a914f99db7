import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { Command } from "commander";
import { parseWords, showDefaults } from "../arguments/parse.ts";
import { parseRun } from "../arguments/run.ts";
import * as values from "../arguments/values.ts";
import { startBareServer } from "../calibrate/servers.ts";
import { findWrk, runWrk, type WrkResult } from "../calibrate/wrk.ts";
import type { Report } from "../report/report.ts";
import { formatMarkdown } from "../report/table.ts";
import { formatMs } from "../report/terminal.ts";
import { tell } from "./command.ts";
import { performRun, type RunWorld } from "./perform.ts";
import { systemWorld } from "./run.ts";

const calibrateLimits = {
  connections: 32,
  /** Of the comparison below saturation: the server waits this long before each reply. */
  delayMs: 5,
  calmConnections: 8,
  /** Of the open loop. */
  rate: 500,
};

interface CalibrateValues {
  duration: number;
  out?: string;
}

/** bin/client calibrate: returns the exit status. */
export async function calibrateCommand(words: readonly string[]): Promise<number> {
  const command = new Command("bin/client calibrate")
    .usage("[options]")
    .description(
      "What this load generator can do on this machine, measured on a bare Bun.serve, beside wrk if it is installed.",
    )
    .option("--duration <time>", "length of each measurement", values.duration(1_000, 600_000), 5_000)
    .option("--out <file>", "also write it as Markdown")
    .allowExcessArguments(false)
    .addHelpText("after", "\nExample:\n  bin/client calibrate --duration 10s --out docs/generator.md");
  const notParsed = parseWords(showDefaults(command, { "--duration": "5s" }), words);
  if (notParsed !== undefined) return tell(notParsed);
  const { duration, out } = command.opts<CalibrateValues>();
  const wrk = findWrk();
  if (wrk === undefined) {
    process.stderr.write(
      "SKIPPED: wrk is not installed, so nothing is compared with it (Debian: apt-get install wrk)\n",
    );
  }
  const text = await calibrate(duration, wrk, systemWorld());
  process.stdout.write(text);
  if (out !== undefined) writeFileSync(out, text);
  return 0;
}

async function calibrate(durationMs: number, wrk: string | undefined, world: RunWorld): Promise<string> {
  const head =
    `# The load generator, measured\n\nWritten by \`bin/client calibrate --duration ${durationMs / 1000}s\`, ` +
    `on a machine with ${cpus().length} cores (${cpus()[0]?.model ?? "unknown"}), Bun ${Bun.version}. ` +
    "Server and generators share the cores.\n";
  const parts = [
    head,
    await throughput(durationMs, wrk, world),
    await calm(durationMs, wrk, world),
    await pause(durationMs, world),
  ];
  return parts.join("\n");
}

async function throughput(durationMs: number, wrk: string | undefined, world: RunWorld): Promise<string> {
  const { connections } = calibrateLimits;
  await using server = await startBareServer(0, 0);
  const rows = [["generator", "requests/s", "p50", "p99"]];
  const theirs =
    wrk === undefined
      ? undefined
      : await runWrk(wrk, { url: urlOf(server.port), connections, seconds: durationMs / 1000, threads: 1 });
  if (theirs !== undefined) rows.push(["wrk, 1 thread", ...wrkCells(theirs)]);
  let best = 0;
  for (const workers of cpus().length > 1 ? [1, 2] : [1]) {
    const report = await look(
      server.port,
      ["--connections", `${connections}`, "--workers", `${workers}`, "--duration", `${durationMs}ms`],
      world,
    );
    best = Math.max(best, report.perSecond);
    rows.push([
      `bin/client, ${workers} worker${workers === 1 ? "" : "s"}`,
      `${Math.round(report.perSecond)}`,
      formatMs(report.requests.query.latency.p50),
      formatMs(report.requests.query.latency.p99),
    ]);
  }
  const share =
    theirs === undefined
      ? ""
      : `\n\nbin/client reaches ${Math.round((best / theirs.perSecond) * 100)} % of what wrk reaches.`;
  return `## As fast as it goes\n\nClosed loop, ${connections} kept connections, small JSON replies.\n\n${formatMarkdown(rows)}${share}\n`;
}

async function calm(durationMs: number, wrk: string | undefined, world: RunWorld): Promise<string> {
  const { calmConnections, delayMs } = calibrateLimits;
  await using server = await startBareServer(delayMs, 0);
  const rows = [["generator", "requests/s", "p50", "p90", "p99"]];
  if (wrk !== undefined) {
    const theirs = await runWrk(wrk, {
      url: urlOf(server.port),
      connections: calmConnections,
      seconds: durationMs / 1000,
      threads: 1,
    });
    rows.push(["wrk", `${Math.round(theirs.perSecond)}`, ...[theirs.p50, theirs.p90, theirs.p99].map(formatMs)]);
  }
  const report = await look(
    server.port,
    ["--connections", `${calmConnections}`, "--duration", `${durationMs}ms`],
    world,
  );
  const { p50, p90, p99 } = report.requests.query.latency;
  rows.push(["bin/client", `${Math.round(report.perSecond)}`, ...[p50, p90, p99].map(formatMs)]);
  return `## Below saturation\n\nClosed loop, ${calmConnections} connections, a server that waits ${delayMs} ms before it answers: the percentiles should agree.\n\n${formatMarkdown(rows)}\n`;
}

async function pause(durationMs: number, world: RunWorld): Promise<string> {
  const { rate, calmConnections } = calibrateLimits;
  const rows = [["bin/client", "requests", "p50", "p90", "p99", "max"]];
  const loads = [
    ["closed loop", "--connections", `${calmConnections}`],
    [`open loop, ${rate}/s`, "--rate", `${rate}`],
  ] as const;
  for (const [name, ...words] of loads) {
    await using server = await startBareServer(0, durationMs / 3);
    const { answered, latency } = (await look(server.port, [...words, "--duration", `${durationMs}ms`], world)).requests
      .query;
    const { p50, p90, p99, max } = latency;
    rows.push([name, `${answered}`, ...[p50, p90, p99, max].map(formatMs)]);
  }
  const share = Math.round(100_000 / durationMs);
  return (
    "## A server that stands still for a second\n\nA closed loop sends nothing while it waits: of the pause one request " +
    "per connection tells, and the percentiles hide it. In the open loop every request that was due in that second counts " +
    `its whole wait, so about ${share} % of all show it, evenly from 0 to 1,000 ms.\n\n${formatMarkdown(rows)}\n`
  );
}

function wrkCells({ perSecond, p50, p99 }: WrkResult): string[] {
  return [`${Math.round(perSecond)}`, formatMs(p50), formatMs(p99)];
}

function urlOf(port: number): string {
  return `http://127.0.0.1:${port}/products/Tux`;
}

/** Looks at one product of a bare server, by the same code as every run. */
async function look(port: number, words: readonly string[], world: RunWorld): Promise<Report> {
  const parsed = parseRun(["--target", `127.0.0.1:${port}`, "--run-type", "query", "--products", "hot:Tux", ...words]);
  if (parsed.type !== "run") throw new Error(`the calibration's own arguments are refused: ${JSON.stringify(parsed)}`);
  const performed = await performRun(parsed.arguments, { names: ["Tux"], from: "one toy" }, world);
  if (performed.type === "usage") throw new Error(performed.problem);
  return performed.report;
}
