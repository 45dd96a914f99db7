import type { Planted } from "./bugs/planted.ts";
import type { Fault, Plan } from "./faults/kinds.ts";
import { type Result, runPlan } from "./run-plan.ts";

/** A plan with fewer faults that breaks the same promise. */
export interface Shrunk {
  readonly plan: Plan;
  readonly result: Result;
}

const roundsMax = 100;

/**
 * Looks for a smaller set of faults with which the same promise is broken, by
 * leaving out ever smaller parts (delta debugging, Zeller and Hildebrandt, 2002).
 * What happens between faults is drawn from sources of its own, and stays similar.
 */
export function shrink(result: Result, plan: Plan, planted: () => Planted): Shrunk {
  let best: Shrunk = { plan, result };
  const fails = (smaller: Plan): Result | undefined => {
    const outcome = runPlan(smaller, { planted: planted() });
    return outcome.violation?.check === result.violation?.check ? outcome : undefined;
  };
  let parts = 2;
  for (let round = 0; round < roundsMax && best.plan.faults.length > 0; round++) {
    const found = leaveOut(best.plan, parts, fails);
    if (found !== undefined) best = found;
    else if (parts >= best.plan.faults.length) break;
    parts = found === undefined ? Math.min(parts * 2, best.plan.faults.length) : Math.max(2, parts - 1);
  }
  return best;
}

/** Leaves out one of `parts` parts of the faults, if the rest is enough. */
function leaveOut(plan: Plan, parts: number, fails: (plan: Plan) => Result | undefined): Shrunk | undefined {
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
