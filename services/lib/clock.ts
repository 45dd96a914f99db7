/** Monotonic time in milliseconds (fractions allowed), from an arbitrary zero. */
export interface Clock {
  now(): number;
}

/** The process's monotonic clock. Wall-clock jumps do not move it. */
export const systemClock: Clock = { now: () => performance.now() };
