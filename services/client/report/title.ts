import type { RunArguments } from "../arguments/run.ts";
import { formatAddress } from "../proof/asking.ts";

/** One line that says what is going to be done. */
export function titleOf(
  wanted: RunArguments,
  toys: { readonly names: readonly string[]; readonly from: string },
): string {
  const { plan, runType } = wanted;
  const { pace, connections } = plan;
  const where = plan.targets.map(formatAddress).join(", ");
  const sessions = `${connections} ${runType === "mix" ? "connection" : "session"}${connections === 1 ? "" : "s"}`;
  const parts = [
    pace.type === "repeats" ? `${sessions} x ${pace.repeats} repeats` : `${sessions} for ${pace.durationMs / 1000} s`,
    ...(pace.type === "open" ? [`${pace.perSecond} begun per second`] : []),
    ...describeWorkload(plan.workload),
    ...(plan.products.type === "zipf" ? [`toys by Zipf's law (${plan.products.exponent})`] : []),
    plan.products.type === "hot" ? `only ${plan.products.name}` : `${toys.names.length} toys (${toys.from})`,
  ];
  return `${runType} at ${where}: ${parts.join(", ")}`;
}

function describeWorkload(workload: RunArguments["plan"]["workload"]): string[] {
  if (workload.type === "mix") return [`read ${workload.read} : buy ${workload.buy} : check ${workload.check}`];
  return workload.buyProbability === 0 ? [] : [`p ${workload.buyProbability}`];
}
