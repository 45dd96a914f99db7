import { type Random, randomInt } from "../../lib/random.ts";
import type { ProductChoice } from "./plan.ts";

/** Draws product names; every draw takes one number from `random`. */
export type PickProduct = (random: Random) => string;

/** `toys` is not empty. */
export function makePicker(choice: ProductChoice, toys: readonly string[]): PickProduct {
  switch (choice.type) {
    case "uniform":
      return (random) => toys[randomInt(random, toys.length)] ?? "";
    case "hot":
      return () => choice.name;
    case "zipf":
      return zipfPicker(choice.exponent, toys);
  }
}

/** Zipf's law by its cumulative weights and a binary search. */
function zipfPicker(exponent: number, toys: readonly string[]): PickProduct {
  const sums = new Float64Array(toys.length);
  let sum = 0;
  for (let i = 0; i < toys.length; i++) {
    sum += 1 / (i + 1) ** exponent;
    sums[i] = sum;
  }
  return (random) => toys[firstAbove(sums, random.float() * sum)] ?? "";
}

/** Index of the first sum above `value`. */
function firstAbove(sums: Float64Array, value: number): number {
  let low = 0;
  let high = sums.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sums[middle] ?? 0) > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
