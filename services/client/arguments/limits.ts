/** What the command line accepts at most. */
export const argumentLimits = {
  repeatsMax: 10_000_000,
  threadsMax: 10_000,
  /** Every order is kept in memory while it is proved. */
  iterationsMax: 20_000_000,
  retryMsMax: 3_600_000,
  timeoutMsMax: 3_600_000,
  durationMsMax: 86_400_000,
  rateMax: 1_000_000,
  workersMax: 64,
  seedMax: 4_294_967_295,
};
