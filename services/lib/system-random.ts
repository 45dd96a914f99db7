import type { Random } from "./random.ts";

const pool = new Uint32Array(1024);
let used = pool.length;

/** From the system's cryptographic source, which is asked for many at a time: good for secrets. */
export const systemRandom: Random = {
  float() {
    if (used === pool.length) {
      crypto.getRandomValues(pool);
      used = 0;
    }
    return (pool[used++] as number) / 2 ** 32;
  },
};
