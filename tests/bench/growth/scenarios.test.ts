import { expect, test } from "bun:test";
import type { Scenario } from "../scenario.ts";
import { catchUp, catchUpScenario } from "./catch-up.ts";
import { orders10m, ordersScenario } from "./orders-10m.ts";

/** The same with fewer orders: what is measured means nothing, but that it can be measured does. */
const small: [name: string, scenario: Scenario, full: Scenario][] = [
  ["orders-10m", ordersScenario({ few: 2_000, many: 80_000, roundMs: 300 }), orders10m],
  ["catch-up", catchUpScenario({ had: 20_000, missed: 100_000, phaseMs: 1_000, rounds: 2 }), catchUp],
];

test.each(small)(
  "scenario %s measures what it is named for",
  async (name, scenario, full) => {
    expect([scenario.name, full.name]).toEqual([name, name]);
    const { title, figures } = await scenario.run(() => undefined);
    expect(title).toBe(scenario.title);
    expect(figures.filter(({ value }) => /NaN|undefined|Infinity/.test(value))).toEqual([]);
    const failures = figures.filter(({ what }) => what.endsWith("that failed"));
    expect(failures).toMatchObject([{ value: "0", met: true }]);
  },
  60_000,
);
