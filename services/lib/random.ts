/** A source of randomness; seeded in the simulator, the system's in production. */
export interface Random {
  /** Uniform in [0, 1). */
  float(): number;
}

export const systemRandom: Random = { float: () => Math.random() };

/** Uniform integer in [0, bound). */
export function randomInt(random: Random, bound: number): number {
  return Math.floor(random.float() * bound);
}

/** Uniform in [low, high). */
export function randomBetween(random: Random, low: number, high: number): number {
  return low + random.float() * (high - low);
}

/**
 * A reproducible source: the same seed gives the same sequence on every machine.
 * sfc32 (Chris Doty-Humphrey, PractRand), seeded by mixing and discarding.
 */
export function seededRandom(seed: number): Random {
  let a = seed >>> 0;
  let b = 0x9e3779b9;
  let c = (seed / 0x100000000) >>> 0;
  let counter = 1;
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return sum >>> 0;
  };
  for (let i = 0; i < 15; i++) next();
  return { float: () => next() / 0x100000000 };
}
