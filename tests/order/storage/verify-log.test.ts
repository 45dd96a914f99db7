import { expect, test } from "bun:test";
import { logTop } from "../../../services/order/storage/codec.ts";
import { IndexRecords } from "../../../services/order/storage/index-records.ts";
import type { StorageLimits } from "../../../services/order/storage/limits.ts";
import { ChunkReader, LogWalk } from "../../../services/order/storage/log-walk.ts";
import { checkInBackground } from "../../../services/order/storage/verify-log.ts";
import { smallLog } from "./entries.ts";
import { MemoryFiles } from "./memory-files.ts";
import { founded, logFile, smallLimits } from "./opened.ts";

const sliceMs = 4;

/** Keeps the thread busy for so long with each slice. */
class SlowReader extends ChunkReader {
  slices = 0;

  override chunk(offset: number, end: number): Buffer {
    this.slices++;
    const untilMs = performance.now() + sliceMs;
    while (performance.now() < untilMs);
    return super.chunk(offset, end);
  }
}

/** A log of several slices, verified by a reader that is slow. Resolves with how long that took. */
async function verifySlowly(
  limits: Partial<StorageLimits>,
): Promise<{ readonly slices: number; readonly tookMs: number }> {
  const disk = new MemoryFiles();
  const { store } = await founded(disk);
  store.append(smallLog(1000));
  await store.close();
  const bytes = disk.content(logFile);
  const end = new LogWalk(logTop);
  expect(end.read(bytes.subarray(logTop.offset), () => undefined)).toBeUndefined();
  const reader = new SlowReader(disk, disk.open(logFile, "r"), 4096);
  const { signal } = new AbortController();
  const fromMs = performance.now();
  expect(
    await checkInBackground(reader, IndexRecords.none(), end.point(), { ...smallLimits, ...limits }, signal),
  ).toBeUndefined();
  expect(reader.slices).toBeGreaterThan(2);
  return { slices: reader.slices, tookMs: performance.now() - fromMs };
}

test("verification in the background rests in proportion to what a slice took", async () => {
  const { slices, tookMs } = await verifySlowly({ verifyPauseRatio: 3 });
  // Nothing was taken before the first slice. A timer may be a millisecond early.
  expect(tookMs).toBeGreaterThan(sliceMs * slices + (3 * sliceMs - 1) * (slices - 1));
});

test("and goes on soon after a slice that took very long, as when the process was stopped", async () => {
  const ratio = 100_000;
  const { tookMs } = await verifySlowly({ verifyPauseRatio: ratio, verifyPauseMaxMs: 1 });
  expect(tookMs).toBeLessThan(ratio * sliceMs);
});
