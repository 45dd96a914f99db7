import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ComparisonResult } from "../comparison/result.ts";
import { describeCommit } from "../machine.ts";
import type { ProfileResult } from "../profile/run.ts";
import type { ScenarioResult } from "../scenario.ts";

/** The last result of each kind, a file each, from which the page is made. */
const folder = join(import.meta.dir, "../../../docs/bench");
const comparisonFile = "comparison.json";
const profileFile = "profile.json";
const scenarioFiles = /^scenario-(.+)\.json$/;

export interface KeptScenario extends ScenarioResult {
  readonly name: string;
  readonly date: string;
  readonly commit: string;
}

export async function keepComparison(result: ComparisonResult): Promise<void> {
  await write(comparisonFile, result);
}

export async function keepScenario(name: string, result: ScenarioResult): Promise<void> {
  const kept: KeptScenario = { name, date: today(), commit: describeCommit(), ...result };
  await write(`scenario-${name}.json`, kept);
}

/** Undefined: none was kept yet. */
export function keptComparison(): ComparisonResult | undefined {
  return existsSync(join(folder, comparisonFile)) ? (read(comparisonFile) as ComparisonResult) : undefined;
}

export async function keepProfile(result: ProfileResult): Promise<void> {
  await write(profileFile, result);
}

/** Undefined: none was kept yet. */
export function keptProfile(): ProfileResult | undefined {
  return existsSync(join(folder, profileFile)) ? (read(profileFile) as ProfileResult) : undefined;
}

export function keptScenarios(): KeptScenario[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => scenarioFiles.test(name));
  return names.toSorted().map((name) => read(name) as KeptScenario);
}

/** To the minute, in UTC. */
export function today(): string {
  return new Date().toISOString().slice(0, 16).replace("T", " ");
}

async function write(name: string, result: object): Promise<void> {
  await Bun.write(join(folder, name), formatResult(result));
}

/** A line for each field, and for each item of a list: short, and changes are seen. */
function formatResult(result: object): string {
  const fields = Object.entries(result).map(([field, value]: [string, unknown]) => {
    const isList = Array.isArray(value) && value.length > 0;
    const text = isList
      ? `[\n${value.map((item) => `  ${JSON.stringify(item)}`).join(",\n")}\n ]`
      : JSON.stringify(value);
    return ` ${JSON.stringify(field)}: ${text}`;
  });
  return `{\n${fields.join(",\n")}\n}\n`;
}

function read(name: string): unknown {
  return JSON.parse(readFileSync(join(folder, name), "utf8"));
}
