import { type PlantedBug, plantedBugs } from "../bugs/list.ts";
import { planOf } from "../faults/plan.ts";
import { runPlan } from "../run-plan.ts";

/** Which seed, from 1 on, is the first to find a bug. */
export interface Finding {
  readonly name: string;
  readonly seedsMax: number;
  /** Undefined: none up to seedsMax. */
  readonly seed: number | undefined;
  readonly check: string;
}

/** Looks for one bug, seed by seed. */
export function findBug({ name, make, seedsMax }: PlantedBug): Finding {
  for (let seed = 1; seed <= seedsMax; seed++) {
    const { violation } = runPlan(planOf(seed), { planted: make() });
    if (violation !== undefined) return { name, seedsMax, seed, check: violation.check };
  }
  return { name, seedsMax, seed: undefined, check: "" };
}

export function measureBugs(): Finding[] {
  return plantedBugs.map(findBug);
}

/** As a table in Markdown. */
export function formatBugTable(findings: readonly Finding[]): string {
  const rows = findings.map(
    ({ name, seedsMax, seed, check }) => `| ${name} | ${seed ?? "not found"} | ${seedsMax} | ${check} |`,
  );
  return [
    "| planted bug | found by seed | at the latest by | promise seen broken |",
    "|---|---|---|---|",
    ...rows,
  ].join("\n");
}
