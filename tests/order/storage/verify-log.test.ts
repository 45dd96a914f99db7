import { expect, test } from "bun:test";
import { logTop } from "../../../services/order/storage/codec.ts";
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

test("verification in the background rests in proportion to what a slice took", async () => {
  const disk = new MemoryFiles();
  const { store } = await founded(disk);
  store.append(smallLog(1000));
  await store.close();
  const bytes = disk.content(logFile);
  const end = new LogWalk(logTop);
  expect(end.read(bytes.subarray(logTop.offset), () => undefined)).toBeUndefined();
  const reader = new SlowReader(disk, disk.open(logFile, "r"), 4096);
  const limits = { ...smallLimits, verifyPauseRatio: 3 };
  const fromMs = performance.now();
  expect(await checkInBackground(reader, [], end.point(), limits, new AbortController().signal)).toBeUndefined();
  const tookMs = performance.now() - fromMs;
  expect(reader.slices).toBeGreaterThan(2);
  // The first slice has no pause before it that it could have asked for. A timer may be a millisecond early.
  expect(tookMs).toBeGreaterThan(sliceMs * reader.slices + (3 * sliceMs - 1) * (reader.slices - 1));
});
