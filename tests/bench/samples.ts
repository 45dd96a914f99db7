/** What several measurements of one thing say: the median, and how far they lie apart. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** Throws when there is nothing to summarise. */
export function spreadOf(samples: readonly number[]): Spread {
  const sorted = samples.toSorted((a, b) => a - b);
  const low = sorted[0];
  const high = sorted.at(-1);
  if (low === undefined || high === undefined) throw new Error("no sample, no spread");
  return { median: medianOfSorted(sorted), low, high };
}

export function median(samples: readonly number[]): number {
  return spreadOf(samples).median;
}

function medianOfSorted(sorted: readonly number[]): number {
  const middle = sorted.length / 2;
  const pair = sorted.slice(Math.ceil(middle) - 1, Math.floor(middle) + 1);
  return pair.reduce((sum, value) => sum + value, 0) / pair.length;
}
