import { plantedBugs } from "../bugs/list.ts";
import { Planted } from "../bugs/planted.ts";
import type { Fault, Plan } from "../faults/kinds.ts";
import { planOf } from "../faults/plan.ts";
import { type Result, runPlan } from "../run-plan.ts";
import { shrink } from "../shrink.ts";

/** One line of output. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Replays a seed and tells what happened; with shrunk faults if it fails. Returns the exit status. */
export function tellStory(seed: number, bug: string | undefined, shrinks: boolean): number {
  const planted = plantedOf(bug);
  if (planted === undefined) {
    print(`There is no planted bug named "${bug}". There are: ${plantedBugs.map(({ name }) => name).join("; ")}.`);
    return 1;
  }
  const plan = planOf(seed);
  const result = runPlan(plan, { planted: planted() });
  const told = result.violation !== undefined && shrinks ? shrink(result, plan, planted).plan : plan;
  const retold = runPlan(told, { planted: planted(), tells: true });
  print(formatPlan(plan, told));
  for (const { atMs, who, what } of retold.story) print(`${atMs.toFixed(2).padStart(10)}  ${who.padEnd(12)}  ${what}`);
  print(formatEnd(retold));
  return retold.violation === undefined ? 0 : 1;
}

function plantedOf(bug: string | undefined): (() => Planted) | undefined {
  return bug === undefined ? () => new Planted() : plantedBugs.find(({ name }) => name === bug)?.make;
}

/** The faults that matter, of those that there were. */
export function formatFaults(faults: readonly Fault[]): string {
  const counts = new Map<string, number>();
  for (const { kind } of faults) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const kinds = [...counts].map(([kind, times]) => (times > 1 ? `${times} x ${kind}` : kind));
  return kinds.length === 0 ? "none" : kinds.join(", ");
}

function formatPlan(plan: Plan, told: Plan): string {
  const { seed, clients, fronts, faults, faultsUntilMs } = plan;
  const left = told === plan ? "" : `, shrunk from ${faults.length}`;
  return (
    `seed ${seed}: ${clients} clients, ${fronts} front-end(s), ${told.faults.length} faults${left} ` +
    `in ${faultsUntilMs / 1000} s\nfaults: ${formatFaults(told.faults)}\n\n   ms after the beginning`
  );
}

function formatEnd({ violation, events, simulatedMs, orders, hash }: Result): string {
  const totals = `${orders} orders, ${events} events, ${(simulatedMs / 1000).toFixed(1)} simulated seconds, trace ${hash.toString(16)}`;
  if (violation === undefined) return `\nEvery promise was kept. ${totals}`;
  return `\nBROKEN at ${violation.atMs.toFixed(2)} ms: ${violation.check}\n  ${violation.message}\n${totals}`;
}
