import { figureHeader, figureRows } from "../report/figures.ts";
import { keepScenario } from "../report/kept.ts";
import { writePage } from "../report/page.ts";
import { formatTable } from "../report/table.ts";
import type { Scenario, ScenarioResult } from "../scenario.ts";
import { allScenarios, growthScenarios } from "./scenarios.ts";

export interface ScenarioRun {
  /** Keep the results and write the page? */
  readonly report: boolean;
  readonly say: (line: string) => void;
}

/** Runs those that are named, one after the other; a result is kept as soon as it is there. */
export async function runScenarios(names: readonly string[], { report, say }: ScenarioRun): Promise<void> {
  for (const scenario of chooseScenarios(names)) {
    say(`\n${scenario.title}`);
    const result = await scenario.run((line) => say(`  ${line}`));
    say(describe(result));
    if (!report) continue;
    await keepScenario(scenario.name, result);
    await writePage();
  }
}

/** "growth" stands for all that say how cost grows. */
function chooseScenarios(names: readonly string[]): Scenario[] {
  return names.flatMap((name) => {
    return name === "growth" ? growthScenarios : allScenarios.filter((scenario) => scenario.name === name);
  });
}

function describe({ figures, notes }: ScenarioResult): string {
  return [...formatTable(figureHeader, figureRows(figures)), ...notes].join("\n");
}
