import { figureHeader, figureRows } from "../report/figures.ts";
import { keepScenario } from "../report/kept.ts";
import { writePage } from "../report/page.ts";
import { formatTable } from "../report/table.ts";
import type { Scenario, ScenarioResult } from "../scenario.ts";
import { growthScenarios, otherScenarios } from "./scenarios.ts";

export interface ScenarioRun {
  /** Keep the results and write the page? */
  readonly report: boolean;
  readonly say: (line: string) => void;
}

/** Runs those that are named, one after the other; a result is kept as soon as it is there. */
export async function runScenarios(names: readonly string[], { report, say }: ScenarioRun): Promise<number> {
  for (const scenario of chooseScenarios(names)) {
    say(`\n${scenario.title}`);
    const result = await scenario.run((line) => say(`  ${line}`));
    say(describe(result));
    if (!report) continue;
    await keepScenario(scenario.name, result);
    await writePage();
  }
  return 0;
}

/** Throws for a name that there is not. */
function chooseScenarios(names: readonly string[]): Scenario[] {
  const all = [...growthScenarios, ...otherScenarios];
  return names.flatMap((name) => {
    if (name === "growth") return growthScenarios;
    const found = all.filter((scenario) => scenario.name === name);
    if (found.length > 0) return found;
    throw new Error(`there is no scenario "${name}"; there are growth, ${all.map((one) => one.name).join(", ")}`);
  });
}

function describe({ figures, notes }: ScenarioResult): string {
  return [...formatTable(figureHeader, figureRows(figures)), ...notes].join("\n");
}
