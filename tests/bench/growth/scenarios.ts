import type { Scenario } from "../scenario.ts";
import { catalog1m } from "./catalog-1m.ts";

/** How cost grows: what `bun run bench --scenario growth` runs, in this order. */
export const growthScenarios: readonly Scenario[] = [catalog1m];

/** Those that run only when they are named; `--soak` is short for `--scenario soak`. */
const otherScenarios: readonly Scenario[] = [];

export const allScenarios: readonly Scenario[] = [...growthScenarios, ...otherScenarios];
