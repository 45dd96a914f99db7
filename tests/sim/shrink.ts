import type { Planted } from "./bugs/planted.ts";
import type { Fault, Plan } from "./faults/kinds.ts";
import { type Result, runPlan } from "./run-plan.ts";

/** A plan with fewer faults that breaks the same promise. */
export interface Shrunk {
  readonly plan: Plan;
  readonly result: Result;
  readonly runs: number;
}

/**
 * Looks for a smaller set of faults with which the same promise is broken, by
 * leaving out ever smaller parts (delta debugging, Zeller and Hildebrandt, 2002).
 * What happens between faults is drawn from sources of its own, and stays similar.
 */
export function shrink(result: Result, plan: Plan, planted: () => Planted, runsMax = 300): Shrunk {
  let best: Shrunk = { plan, result, runs: 0 };
  let runs = 0;
  for (let parts = 2; runs < runsMax && best.plan.faults.length > 0; ) {
    const found = leaveOut(best.plan, parts, (smaller) => {
      runs++;
      const outcome = runPlan(smaller, { planted: planted() });
      return outcome.violation?.check === result.violation?.check ? outcome : undefined;
    });
    if (found !== undefined) best = { ...found, runs };
    else if (parts >= best.plan.faults.length) break;
    parts = found === undefined ? Math.min(parts * 2, best.plan.faults.length) : Math.max(2, parts - 1);
  }
  return { ...best, runs };
}

/** Leaves out one of `parts` parts of the faults, if the rest is enough. */
function leaveOut(
  plan: Plan,
  parts: number,
  fails: (plan: Plan) => Result | undefined,
): { readonly plan: Plan; readonly result: Result } | undefined {
  const { faults } = plan;
  const size = Math.ceil(faults.length / parts);
  for (let at = 0; at < faults.length; at += size) {
    const rest: readonly Fault[] = [...faults.slice(0, at), ...faults.slice(at + size)];
    const smaller = { ...plan, faults: rest };
    const result = fails(smaller);
    if (result !== undefined) return { plan: smaller, result };
  }
  return undefined;
}
