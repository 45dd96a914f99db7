import type { Scenario } from "../scenario.ts";

/** How cost grows: what `bun run bench --scenario growth` runs, in this order. */
export const growthScenarios: readonly Scenario[] = [];

/** Those that run only when they are named; `--soak` is short for `--scenario soak`. */
const otherScenarios: readonly Scenario[] = [];

export const allScenarios: readonly Scenario[] = [...growthScenarios, ...otherScenarios];
