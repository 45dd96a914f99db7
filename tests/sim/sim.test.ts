import { expect, test } from "bun:test";
import { fileURLToPath } from "node:url";
import { describe as describeFailure } from "./commands/sweep-report.ts";
import { planOf } from "./faults/plan.ts";
import { runPlan } from "./run-plan.ts";
import { sweep } from "./sweep.ts";
import type { Share } from "./sweep-worker.ts";

const fixedSeeds = 120;
const freshSeedsMax = 5000;
const freshMs = 20_000;
const limitMs = 110_000;

/** What to do about failed seeds, one after the other. */
function tell(share: Share): string {
  return share.failures.map((failure) => describeFailure(failure, false)).join("\n");
}

/** Each look at the wall clock finds another time, up to years before or after the last. */
function withJumpingWallClock<T>(run: () => T): T {
  const { Date: realDate } = globalThis;
  const jump = (): number => Math.floor(Math.random() * 2e12);
  class JumpingDate extends realDate {
    constructor() {
      super(jump());
    }
    static override now = jump;
  }
  globalThis.Date = JumpingDate as DateConstructor;
  try {
    return run();
  } finally {
    globalThis.Date = realDate;
  }
}

test("the same seed gives the same run, event by event", () => {
  for (const seed of [3, 14, 27]) {
    const first = runPlan(planOf(seed));
    const again = runPlan(planOf(seed), { tells: true });
    expect([again.hash, again.events, again.orders]).toEqual([first.hash, first.events, first.orders]);
    expect(first.events).toBeGreaterThan(1000);
  }
});

test("a wall clock that jumps changes nothing: nobody reads it", () => {
  const [{ hash }, jumping] = [runPlan(planOf(14)), withJumpingWallClock(() => runPlan(planOf(14)))];
  expect(jumping.hash).toBe(hash);
});

test("different seeds give different runs", () => {
  expect(new Set([1, 2, 3, 4, 5].map((seed) => runPlan(planOf(seed)).hash)).size).toBe(5);
});

test(
  `every promise is kept through the faults of seeds 1 to ${fixedSeeds}`,
  async () => {
    const share = await sweep({ firstSeed: 1, seeds: fixedSeeds });
    expect(tell(share)).toBe("");
    expect(share.seeds).toBe(fixedSeeds);
    expect(share.orders).toBeGreaterThan(fixedSeeds);
  },
  limitMs,
);

test("a sweep of fewer seeds than workers ends without a word of those that had nothing to do", async () => {
  const command = [process.execPath, fileURLToPath(new URL("../../bin/sim.ts", import.meta.url))];
  const run = Bun.spawn([...command, "--first", "1", "--seeds", "1"], { stdio: ["ignore", "pipe", "pipe"] });
  const [out, complaints] = await Promise.all([run.stdout.text(), run.stderr.text()]);
  expect(out).toEndWith("1 passed, 0 failed\n");
  expect(complaints).toBe("");
  expect(await run.exited).toBe(0);
});

test(
  "every promise is kept through the faults of fresh seeds",
  async () => {
    const endsAtMs = performance.now() + freshMs;
    const firstSeed = Math.floor(Math.random() * 2 ** 31);
    const share = await sweep({ firstSeed, seeds: freshSeedsMax, isOver: () => performance.now() > endsAtMs });
    expect(tell(share)).toBe("");
    expect(share.seeds).toBeGreaterThan(0);
  },
  limitMs,
);
