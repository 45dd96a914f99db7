import { planOf } from "./faults/plan.ts";
import type { Violation } from "./kernel/world-log.ts";
import { runPlan } from "./run-plan.ts";

/** Seeds from `first` on, `count` of them; the worker, a process of its own, answers with a Share. */
export interface Chunk {
  readonly first: number;
  readonly count: number;
}

/** What came of a chunk. */
export interface Share {
  readonly seeds: number;
  readonly events: number;
  readonly simulatedMs: number;
  readonly orders: number;
  readonly failures: readonly { readonly seed: number; readonly violation: Violation }[];
}

function runChunk({ first, count }: Chunk): Share {
  let events = 0;
  let simulatedMs = 0;
  let orders = 0;
  const failures: { seed: number; violation: Violation }[] = [];
  for (let seed = first; seed < first + count; seed++) {
    const result = runPlan(planOf(seed));
    events += result.events;
    simulatedMs += result.simulatedMs;
    orders += result.orders;
    if (result.violation !== undefined) failures.push({ seed, violation: result.violation });
  }
  return { seeds: count, events, simulatedMs, orders, failures };
}

if (import.meta.main) {
  process.on("message", (chunk: Chunk) => process.send?.(runChunk(chunk)));
  // The sweep has ended, or is gone.
  process.on("disconnect", () => process.exit());
}
