import type { Scenario } from "../scenario.ts";
import { catalog1m } from "./catalog-1m.ts";
import { catchUp } from "./catch-up.ts";
import { idleConnections } from "./idle-connections.ts";
import { orders10m } from "./orders-10m.ts";
import { overload } from "./overload.ts";
import { soak } from "./soak.ts";

/** How cost grows: what `bun run bench --scenario growth` runs, in this order. */
export const growthScenarios: readonly Scenario[] = [orders10m, catchUp, catalog1m, overload, idleConnections];

/** Those that run only when they are named; `--soak` is short for `--scenario soak`. */
const otherScenarios: readonly Scenario[] = [soak];

export const allScenarios: readonly Scenario[] = [...growthScenarios, ...otherScenarios];
