import type { Acknowledged } from "./findings.ts";

const numbersLimits = {
  /** Numbers of other buyers that are looked up. */
  missingMax: 200_000,
};

/** Which purchase was given which number. */
export class Numbers {
  /** -1: no number was given. */
  highest = -1;
  private lowest = Number.POSITIVE_INFINITY;
  private readonly given = new Map<number, Acknowledged>();

  /** The purchase that was given the same number before; undefined: none, as it must be. */
  give(order: Acknowledged): Acknowledged | undefined {
    const first = this.given.get(order.number);
    if (first !== undefined) return first;
    this.given.set(order.number, order);
    this.highest = Math.max(this.highest, order.number);
    this.lowest = Math.min(this.lowest, order.number);
    return undefined;
  }

  /**
   * Numbers up to the highest that no purchase was given: above `lastNumber`, the
   * last order before the run, or above the lowest one given if that is unknown.
   * `tooMany`: numbers behind them that were not looked at.
   */
  missing(lastNumber: number | undefined): { readonly missing: readonly number[]; readonly tooMany: number } {
    const missing: number[] = [];
    if (this.given.size === 0) return { missing, tooMany: 0 };
    for (let number = lastNumber === undefined ? this.lowest : lastNumber + 1; number < this.highest; number++) {
      if (missing.length === numbersLimits.missingMax) return { missing, tooMany: this.highest - number };
      if (!this.given.has(number)) missing.push(number);
    }
    return { missing, tooMany: 0 };
  }
}
