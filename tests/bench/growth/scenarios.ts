import type { Scenario } from "../scenario.ts";

/** How cost grows: what `bun run bench --scenario growth` runs, in this order. */
export const growthScenarios: readonly Scenario[] = [];
