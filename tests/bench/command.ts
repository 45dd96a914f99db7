import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compare } from "./comparison/compare.ts";
import type { Plan } from "./comparison/plan.ts";
import type { ComparisonResult } from "./comparison/result.ts";
import { runScenarios } from "./growth/run.ts";
import { chooseGenerator } from "./load/choose.ts";
import { isInMemory } from "./machine.ts";
import { peers } from "./peers/list.ts";
import { profileStore } from "./profile/run.ts";
import { costTable, rateTables, type Table } from "./report/comparison-tables.ts";
import { figureHeader, figureRows } from "./report/figures.ts";
import { keepComparison, keepProfile } from "./report/kept.ts";
import { writePage } from "./report/page.ts";
import { profileTables } from "./report/profile-tables.ts";
import { formatTable } from "./report/table.ts";
import { works } from "./work.ts";

/** The options of bin/bench. */
export interface BenchOptions {
  readonly quick: boolean;
  readonly only: readonly string[];
  readonly work: readonly string[];
  readonly connections: readonly number[];
  readonly rounds: number | undefined;
  readonly seconds: number | undefined;
  readonly json: string | undefined;
  readonly scenario: readonly string[];
  readonly soak: boolean;
  readonly profile: boolean;
  readonly page: boolean;
  readonly report: boolean;
}

/** Returns the status to exit with. */
export async function runBench(options: BenchOptions): Promise<number> {
  const { page, profile, soak, scenario, report } = options;
  if (page) {
    await writePage();
    return 0;
  }
  if (soak || scenario.length > 0) {
    return await runScenarios([...scenario, ...(soak ? ["soak"] : [])], { report, say });
  }
  if (profile) return await runProfile(report);
  return withFolder(async (folder) => {
    const result = await compare(planOf(options), { generator: await chooseGenerator(folder, say), folder, say });
    say(describe(result));
    if (report && isWhole(options)) {
      await keepComparison(result);
      await writePage();
    }
    if (options.json !== undefined) await Bun.write(options.json, `${JSON.stringify(result)}\n`);
    return 0;
  });
}

async function runProfile(report: boolean): Promise<number> {
  const result = await withFolder((folder) => profileStore(folder, say));
  say(formatTables(profileTables(result)).join("\n"));
  if (!report) return 0;
  await keepProfile(result);
  await writePage();
  return 0;
}

/** A comparison that is whole replaces the one in the documents. */
function isWhole(options: BenchOptions): boolean {
  const { quick, only, work, connections, rounds, seconds } = options;
  return (
    !quick &&
    rounds === undefined &&
    seconds === undefined &&
    [only, work, connections].every((all) => all.length === 0)
  );
}

function planOf(options: BenchOptions): Plan {
  const { quick } = options;
  const chosen = options.connections.length > 0 ? options.connections : quick ? [1, 64] : [1, 16, 64, 256];
  return {
    peers: choose("peer", peers, options.only),
    works: choose("work", works, options.work),
    connections: chosen,
    rounds: options.rounds ?? (quick ? 2 : 5),
    seconds: options.seconds ?? (quick ? 1 : 2),
    warmUpSeconds: quick ? 1 : 2,
  };
}

/** Throws for a name that there is not. */
function choose<T extends { readonly name: string }>(kind: string, all: readonly T[], names: readonly string[]): T[] {
  const unknown = names.find((name) => !all.some((one) => one.name === name));
  if (unknown !== undefined) {
    throw new Error(`there is no ${kind} "${unknown}"; there are ${all.map(({ name }) => name).join(", ")}`);
  }
  return all.filter(({ name }) => names.length === 0 || names.includes(name));
}

/** A folder on a real disk: where files are kept in memory a sync costs nothing. */
async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  if (isInMemory(tmpdir())) process.env["TMPDIR"] = "/var/tmp";
  const folder = mkdtempSync(join(tmpdir(), "toystore-bench-"));
  // A peer may run as another user.
  chmodSync(folder, 0o711);
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
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
