/** A source of randomness; seeded in the simulator, the system's in production (see system-random.ts). */
export interface Random {
  /** Uniform in [0, 1). */
  float(): number;
}

/** Uniform integer in [0, bound). */
export function randomInt(random: Random, bound: number): number {
  return Math.floor(random.float() * bound);
}

/** Uniform in [low, high). */
export function randomBetween(random: Random, low: number, high: number): number {
  return low + random.float() * (high - low);
}

/** A reproducible source: the same seed gives the same sequence on every machine. */
export function seededRandom(seed: number): Random {
  return new Sfc32(seed);
}

/** sfc32 (Chris Doty-Humphrey, PractRand), seeded by mixing and discarding. */
class Sfc32 implements Random {
  private a: number;
  private b = 0x9e3779b9 | 0;
  private c: number;
  private counter = 1;

  constructor(seed: number) {
    this.a = seed | 0;
    this.c = (seed / 0x100000000) | 0;
    for (let i = 0; i < 15; i++) this.next();
  }

  float(): number {
    return (this.next() >>> 0) / 0x100000000;
  }

  private next(): number {
    const { a, b, c, counter } = this;
    const sum = (((a + b) | 0) + counter) | 0;
    this.counter = (counter + 1) | 0;
    this.a = b ^ (b >>> 9);
    this.b = (c + (c << 3)) | 0;
    this.c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum;
  }
}
