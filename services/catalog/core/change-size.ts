import type { Change } from "./types.ts";

/** What a change adds to the work of a start: a line, and what it holds. */
export function sizeOf(change: Change): number {
  return change.type === "settle" ? 1 + change.sales.length : 1;
}
