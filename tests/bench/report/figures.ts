import type { Figure } from "../scenario.ts";

export const figureHeader = ["what", "measured", "target", ""] as const;

/** A row for each figure; what falls short is seen at once. */
export function figureRows(figures: readonly Figure[]): string[][] {
  return figures.map(({ what, value, target, met }) => [what, value, target ?? "", verdict(met)]);
}

function verdict(met: boolean | undefined): string {
  if (met === undefined) return "";
  return met ? "met" : "MISSED";
}
