import { defaultLimits } from "../core/limits.ts";

/** Every bound of a replica's storage, in one place. */
export interface StorageLimits {
  /** Entries that `Recovered.tail` holds: all that a leader could have cut. */
  readonly recoveredEntriesMax: number;
  /** Durable entries that stay in memory while the store is open; up to twice as many at times. */
  readonly recentEntriesMax: number;
  /** P4: keys of so many orders before the tail are recovered. */
  readonly keysMax: number;
  /** The index has a record for each entry whose index is a multiple of this. */
  readonly indexEvery: number;
  /** Appended and not yet durable: no sync writes more. A disk that falls further behind has failed. */
  readonly groupBytesMax: number;
  /** Read at once while opening. Above the longest possible line. */
  readonly chunkBytes: number;
  /** Read and verified at once in the background: about half a millisecond's work. */
  readonly verifySliceBytes: number;
  /** The pause after it: so many times as long as the slice took, at most the maximum, at least `verifyPauseMs`. */
  readonly verifyPauseRatio: number;
  readonly verifyPauseMs: number;
  readonly verifyPauseMaxMs: number;
  /** The mark file is synced so long after a change. */
  readonly markSyncMs: number;
  /** Reads of the log file under way at once; more wait. */
  readonly readsMax: number;
}

export const defaultStorageLimits: StorageLimits = {
  recoveredEntriesMax: defaultLimits.cutEntriesMax,
  recentEntriesMax: 8_192,
  keysMax: defaultLimits.keysMax,
  indexEvery: 64,
  groupBytesMax: 64 * 1024 * 1024,
  chunkBytes: 1024 * 1024,
  verifySliceBytes: 64 * 1024,
  verifyPauseRatio: 20,
  verifyPauseMs: 5,
  verifyPauseMaxMs: 1000,
  markSyncMs: 1000,
  readsMax: 16,
};
