import { describe, expect, test } from "bun:test";
import { plantedBugs } from "./bugs/list.ts";
import { findBug } from "./commands/bug-table.ts";
import { planOf } from "./faults/plan.ts";
import { runPlan } from "./run-plan.ts";
import { shrink } from "./shrink.ts";

const limitMs = 110_000;

describe("the checks bite: a planted bug is found", () => {
  for (const bug of plantedBugs) {
    test(
      `${bug.name}, within ${bug.seedsMax} seeds`,
      () => {
        expect(findBug(bug).check).not.toBe("");
      },
      limitMs,
    );
  }
});

test("docs/planted-bugs.md names every bug", async () => {
  const page = await Bun.file(new URL("../../docs/planted-bugs.md", import.meta.url)).text();
  for (const { name, seedsMax } of plantedBugs)
    expect(page).toMatch(new RegExp(`\\| ${name} \\| \\d+ \\| ${seedsMax} \\|`));
});

test(
  "the example in docs/simulator.md shows a broken promise",
  async () => {
    const page = await Bun.file(new URL("../../docs/simulator.md", import.meta.url)).text();
    const examples = [...page.matchAll(/bun run sim --seed (\d+) --bug "([^"]+)"/g)];
    expect(examples.length).toBeGreaterThan(0);
    for (const [, seed, name] of examples) {
      const planted = plantedBugs.find((bug) => bug.name === name)?.make();
      if (planted === undefined) throw new Error(`the page plants "${name}", which is not in the list`);
      expect(runPlan(planOf(Number(seed)), { planted }).violation).toBeDefined();
    }
  },
  limitMs,
);

test(
  "a planted bug is gone when its run is over",
  () => {
    const before = runPlan(planOf(2)).hash;
    for (const { make } of plantedBugs) runPlan(planOf(2), { planted: make() });
    expect(runPlan(planOf(2)).hash).toBe(before);
  },
  limitMs,
);

test(
  "a failing set of faults shrinks to one that fails in the same way",
  () => {
    const bug = plantedBugs.find(({ name }) => name === "lost end of a log taken for torn");
    if (bug === undefined) throw new Error("the bug is not in the list");
    const { seed = 0, check } = findBug(bug);
    const plan = planOf(seed);
    const small = shrink(runPlan(plan, { planted: bug.make() }), plan, bug.make);
    expect(small.result.violation?.check).toBe(check);
    expect(small.plan.faults.length).toBeLessThan(plan.faults.length);
    expect(small.plan.faults.length).toBeLessThanOrEqual(3);
  },
  limitMs,
);
