import { figureHeader, figureRows } from "../report/figures.ts";
import { formatTable } from "../report/table.ts";
import type { Scenario, ScenarioResult } from "../scenario.ts";
import { allScenarios, growthScenarios } from "./scenarios.ts";

export interface ScenarioRun {
  /** Called with each result as soon as it is there. */
  readonly keep: (name: string, result: ScenarioResult) => Promise<void>;
  readonly say: (line: string) => void;
}

/** "growth" stands for all that say how cost grows. */
export function chooseScenarios(names: readonly string[]): Scenario[] {
  return names.flatMap((name) =>
    name === "growth" ? growthScenarios : allScenarios.filter((scenario) => scenario.name === name),
  );
}

/** One after the other. Returns how many could not measure: the others are measured all the same. */
export async function runScenarios(scenarios: readonly Scenario[], { keep, say }: ScenarioRun): Promise<number> {
  let failures = 0;
  for (const scenario of scenarios) {
    const { name, title } = scenario;
    say(`\n${title}`);
    try {
      const result = await scenario.run((line) => say(`  ${line}`));
      say(describe(result));
      await keep(name, result);
    } catch (error) {
      failures++;
      say(`FAILED: ${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    }
  }
  return failures;
}

function describe({ figures, notes }: ScenarioResult): string {
  return [...formatTable(figureHeader, figureRows(figures)), ...notes].join("\n");
}
