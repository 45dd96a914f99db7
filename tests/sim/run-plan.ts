import { Planted } from "./bugs/planted.ts";
import { Recovery } from "./checks/recovery.ts";
import type { Plan } from "./faults/kinds.ts";
import type { Violation } from "./kernel/world-log.ts";
import { World } from "./world.ts";

/** What came of a run. */
export interface Result {
  readonly seed: number;
  readonly violation: Violation | undefined;
  /** Speaks for everything that happened. */
  readonly hash: number;
  readonly events: number;
  readonly simulatedMs: number;
  readonly orders: number;
  readonly story: World["log"]["story"];
}

export interface RunOptions {
  readonly planted?: Planted;
  /** Keep a story of what happened. */
  readonly tells?: boolean;
}

/** Runs a plan: faults and requests, then peace, in which the store has to recover. */
export function runPlan(plan: Plan, options: RunOptions = {}): Result {
  const planted = options.planted ?? new Planted();
  const uninstall = planted.install();
  try {
    return runWorld(plan, new World(plan, planted, options.tells ?? false));
  } finally {
    uninstall();
  }
}

function runWorld(plan: Plan, world: World): Result {
  const { timeline, log } = world;
  const failed = (): boolean => log.violation !== undefined;
  world.begin();
  timeline.run(plan.faultsUntilMs, failed);
  if (!failed()) new Recovery(world).run(failed);
  for (const line of world.checks.committed.lines)
    for (let at = 0; at < line.length; at++) timeline.mix(line.charCodeAt(at));
  return {
    seed: plan.seed,
    violation: log.violation,
    hash: timeline.hash,
    events: timeline.events,
    simulatedMs: timeline.nowMs,
    orders: world.checks.committed.orders.length,
    story: log.story,
  };
}
