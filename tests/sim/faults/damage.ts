import type { RestingFiles } from "../disk/replica-disk.ts";

// Both hurt what the mark file speaks for. After a loss of power that may be a second behind the log: what is
// damaged beyond it cannot be told from a write that was never finished, and no promise is made about it.

/** One bit of the log is not what was written. `where`: 0 to 1. */
export function flipBit(files: RestingFiles, where: number): RestingFiles {
  const log = Buffer.from(files.log);
  const bit = Math.floor(where * files.mark.length * 8);
  const at = bit >> 3;
  log[at] = (log[at] ?? 0) ^ (1 << (bit & 7));
  return { ...files, log };
}

/** The end of the log is gone. */
export function shorten(files: RestingFiles, where: number): RestingFiles {
  return { ...files, log: Buffer.from(files.log.subarray(0, Math.floor(where * files.mark.length))) };
}
