import { compare } from "./comparison/compare.ts";
import type { Plan } from "./comparison/plan.ts";
import type { ComparisonResult } from "./comparison/result.ts";
import { chooseScenarios, runScenarios } from "./growth/run.ts";
import { allScenarios } from "./growth/scenarios.ts";
import { chooseGenerator } from "./load/choose.ts";
import { peers } from "./peers/list.ts";
import { provide } from "./peers/needs.ts";
import { profileStore } from "./profile/run.ts";
import { costTable, rateTables, type Table } from "./report/comparison-tables.ts";
import { figureHeader, figureRows } from "./report/figures.ts";
import { keepComparison, keepProfile, keepScenario } from "./report/kept.ts";
import { writePage } from "./report/page.ts";
import { profileTables } from "./report/profile-tables.ts";
import { formatTable } from "./report/table.ts";
import { works } from "./work.ts";
import { withWorkFolder } from "./work-folder.ts";

/** The options of bin/bench. */
export interface BenchOptions {
  readonly quick: boolean;
  readonly only: readonly string[];
  readonly work: readonly string[];
  readonly connections: readonly number[];
  readonly rounds: number | undefined;
  readonly seconds: number | undefined;
  readonly load: "wrk" | "client";
  readonly json: string | undefined;
  readonly scenario: readonly string[];
  readonly soak: boolean;
  readonly profile: boolean;
  readonly page: boolean;
  readonly report: boolean;
}

/** Returns the status to exit with: 0 also where a target is missed, which the tables say. */
export async function runBench(options: BenchOptions): Promise<number> {
  const scenarios = [...options.scenario, ...(options.soak ? ["soak"] : [])];
  const complaint =
    complaintAbout("peer", options.only, peers) ??
    complaintAbout("work", options.work, works) ??
    complaintAbout("scenario", scenarios, [{ name: "growth" }, ...allScenarios]);
  if (complaint !== undefined) {
    say(complaint);
    return 1;
  }
  const failures = options.page ? 0 : await withWorkFolder((folder) => measure(folder, scenarios, options));
  if (options.report) await writePage();
  return failures === 0 ? 0 : 1;
}

/** Returns how much could not be measured. */
async function measure(folder: string, scenarios: readonly string[], options: BenchOptions): Promise<number> {
  if (scenarios.length > 0) {
    const keep = options.report ? keepScenario : (): Promise<void> => Promise.resolve();
    return await runScenarios(chooseScenarios(scenarios), { keep, say });
  }
  await (options.profile ? runProfile(folder, options.report) : runComparison(folder, options));
  return 0;
}

async function runComparison(folder: string, options: BenchOptions): Promise<void> {
  const uncounted = await provide([{ program: "perf", debianPackage: "linux-perf" }], folder);
  if (uncounted !== undefined) say(`SKIPPED: counting syncs: ${uncounted}`);
  const generator = await chooseGenerator(folder, options.load, say);
  const result = await compare(planOf(options), { generator, folder, say });
  say(describe(result));
  if (options.report && isWhole(options)) await keepComparison(result);
  if (options.json !== undefined) await Bun.write(options.json, `${JSON.stringify(result)}\n`);
}

async function runProfile(folder: string, report: boolean): Promise<void> {
  const result = await profileStore(folder, say);
  say(formatTables(profileTables(result)).join("\n"));
  if (report) await keepProfile(result);
}

/** A comparison that is whole replaces the one in the documents; of how many rounds it is stands there. */
function isWhole(options: BenchOptions): boolean {
  const { quick, only, work, connections, load } = options;
  return !quick && load === "wrk" && [only, work, connections].every((all) => all.length === 0);
}

function planOf(options: BenchOptions): Plan {
  const { quick } = options;
  const chosen = options.connections.length > 0 ? options.connections : quick ? [1, 64] : [1, 16, 64, 256];
  return {
    peers: chosenOf(peers, options.only),
    works: chosenOf(works, options.work),
    connections: chosen,
    rounds: options.rounds ?? (quick ? 2 : 5),
    seconds: options.seconds ?? (quick ? 1 : 2),
    warmUpSeconds: quick ? 1 : 2,
  };
}

interface Named {
  readonly name: string;
}

/** No name: all of them. */
function chosenOf<T extends Named>(all: readonly T[], names: readonly string[]): T[] {
  return all.filter(({ name }) => names.length === 0 || names.includes(name));
}

/** Undefined: every name is there. */
function complaintAbout(kind: string, names: readonly string[], all: readonly Named[]): string | undefined {
  const unknown = names.find((name) => !all.some((one) => one.name === name));
  return unknown && `there is no ${kind} "${unknown}"; there are ${all.map(({ name }) => name).join(", ")}`;
}

function describe(result: ComparisonResult): string {
  const tables = formatTables([...rateTables(result), costTable(result)]);
  return [...tables, "", ...formatTable(figureHeader, figureRows(result.targets))].join("\n");
}

function formatTables(tables: readonly Table[]): string[] {
  return tables.flatMap(({ title, header, rows }) => ["", title, ...formatTable(header, rows)]);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
