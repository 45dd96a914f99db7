/** How many of `members` are a majority. */
export function majority(members: number): number {
  return Math.floor(members / 2) + 1;
}

/** The highest value that a majority of `members` has reached; absent members count as -Infinity. */
export function reachedByMajority(values: readonly number[], members: number): number {
  const needed = majority(members);
  if (values.length < needed) return -Infinity;
  const descending = [...values].sort((a, b) => b - a);
  return descending[needed - 1] ?? -Infinity;
}
