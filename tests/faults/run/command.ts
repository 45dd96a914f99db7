import { join } from "node:path";
import type { EpisodeOutcome, FaultOutcome } from "./episode.ts";
import { describeHistory, formatReport, formatStalls, tally } from "./report.ts";
import { soak } from "./soak.ts";
import { measureStalls, type Stall } from "./stalls.ts";
import { complaintsOf, groupsOf, runSuite } from "./suite.ts";

/** The options of bin/faults. */
export interface FaultsOptions {
  readonly only: readonly string[];
  readonly seed: number;
  readonly repeat: number;
  readonly brief: boolean;
  readonly stalls: number;
  readonly soak: boolean;
  readonly minutes: number;
  readonly report: boolean;
}

const docs = join(import.meta.dir, "../../../docs");

/** Returns the status to exit with: 0 if every promise was kept. */
export async function runFaults(options: FaultsOptions): Promise<number> {
  const unknown = options.only.filter(
    (name) => !groupsOf({ only: [], brief: false }).some((group) => group.name === name),
  );
  if (unknown.length > 0) {
    const names = groupsOf({ only: [], brief: false }).map(({ name }) => name);
    say(`no group of faults is called ${unknown.join(", ")}; there are ${names.join(", ")}`);
    return 1;
  }
  let stopping = false;
  const stop = (): void => {
    // Who asks twice does not want to wait for the checks.
    if (stopping) process.exit(130);
    stopping = true;
    say("stopping after this fault; once more to stop at once");
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  const isStopped = (): boolean => stopping;
  return options.soak ? runSoak(options, isStopped) : runTable(options, isStopped);
}

async function runTable(options: FaultsOptions, isStopped: () => boolean): Promise<number> {
  const complaints: string[] = [];
  const groups = await runSuite({
    ...options,
    isStopped,
    onGroup: (name) => say(`\n${name}`),
    onFault: sayFault,
    onEpisode: (episode) => {
      complaints.push(...complaintsOf(episode));
      sayEpisode(episode);
    },
  });
  const stalls: Stall[] = [];
  if (!options.brief && options.only.length === 0 && options.stalls > 0 && !isStopped()) {
    say("\nstalls");
    complaints.push(...(await measureStalls(options.stalls, (stall) => stalls.push(stall))));
    say(formatStalls(stalls).join("\n"));
  }
  const isComplete = options.only.length === 0 && !options.brief && !isStopped();
  if (options.report && isComplete) await Bun.write(join(docs, "faults.md"), formatReport(groups, stalls));
  return conclude(complaints);
}

async function runSoak(options: FaultsOptions, isStopped: () => boolean): Promise<number> {
  const episodes: EpisodeOutcome[] = [];
  const running = soak({
    ...options,
    isStopped,
    onRound: (round, setting) => say(`\nround ${round}, ${setting}`),
    onFault: sayFault,
    onEpisode: (episode) => {
      episodes.push(episode);
      sayEpisode(episode);
    },
  });
  // A store that does not come to rest is the end of a soak, and still worth a report.
  const brokenOff = await running.then(
    () => [],
    (error: unknown) => {
      say(Bun.inspect(error));
      return [`the soak broke off: ${error instanceof Error ? error.message : String(error)}`];
    },
  );
  const report = [formatSoak(episodes, options), ...brokenOff].join("\n");
  say(`\n${report}`);
  if (options.report && !isStopped()) await Bun.write(join(docs, "faults-soak.md"), report);
  return conclude([...episodes.flatMap(complaintsOf), ...brokenOff]);
}

function formatSoak(episodes: readonly EpisodeOutcome[], { seed, minutes }: FaultsOptions): string {
  const outcomes = episodes.flatMap(({ faults }) => faults);
  const operations = episodes.reduce((sum, one) => sum + one.operations, 0);
  const undecided = episodes.reduce((sum, one) => sum + one.undecided, 0);
  const rows = tally(outcomes)
    .toSorted((a, b) => b.runs - a.runs || a.name.localeCompare(b.name))
    .map(
      ({ name, runs, longestMs, troubles, failures }) =>
        `| ${[name, runs, Math.round(longestMs), troubles, failures].join(" | ")} |`,
    );
  return [
    "<!-- Written by `bun run faults --soak`; do not edit. -->",
    "# Soak: faults at random",
    "",
    `${minutes} minutes, seed ${seed}: ${episodes.length} rounds, ${outcomes.length} faults, ${operations.toLocaleString("en")} requests,` +
      ` ${undecided} histories undecided, ${episodes.flatMap(complaintsOf).length} promises broken.`,
    "",
    "| fault | runs | longest wait (ms) | failed requests, excused | failures |",
    "|---|---|---|---|---|",
    ...rows,
    "",
  ].join("\n");
}

function sayFault({ fault, longestMs, troubles, complaints }: FaultOutcome): void {
  const failed = Object.entries(troubles).map(([what, times]) => `${what} x${times}`);
  const mark = complaints.length === 0 ? "ok  " : "FAIL";
  say(
    `${mark} ${fault.name}: longest wait ${Math.round(longestMs)} ms${failed.length > 0 ? `; ${failed.join(", ")}` : ""}`,
  );
  for (const complaint of complaints) say(complaint.replace(/^/gm, "     "));
}

function sayEpisode(episode: EpisodeOutcome): void {
  say(describeHistory(episode));
  for (const complaint of episode.complaints) say(`FAIL ${complaint}`);
}

function conclude(complaints: readonly string[]): number {
  say(complaints.length === 0 ? "\nEvery promise was kept." : `\n${complaints.length} promises were broken.`);
  return complaints.length === 0 ? 0 : 1;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
