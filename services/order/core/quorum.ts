/** How many of `members` are a majority. */
export function majority(members: number): number {
  return Math.floor(members / 2) + 1;
}

/** The highest value that a majority of `members` has reached; absent members count as -Infinity. */
export function reachedByMajority(values: readonly number[], members: number): number {
  const needed = majority(members);
  if (values.length < needed) return -Infinity;
  let highest = -Infinity;
  for (const value of values) if (value > highest && countFrom(values, value) >= needed) highest = value;
  return highest;
}

function countFrom(values: readonly number[], least: number): number {
  let count = 0;
  for (const value of values) if (value >= least) count++;
  return count;
}
