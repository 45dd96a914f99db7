import { describe, expect, test } from "bun:test";
import { LogMaker } from "./entries.ts";
import { MemoryFiles } from "./memory-files.ts";
import { founded, logFile, openOn } from "./opened.ts";

/** A log whose last line has a record in the index, and a mark that does not know of it yet. */
async function indexedBeyondMark(): Promise<{ disk: MemoryFiles; log: Buffer; lastLine: number }> {
  const disk = new MemoryFiles();
  const { store, told } = await founded(disk);
  const maker = new LogMaker();
  const append = async (entries: ReturnType<LogMaker["many"]>, upTo: number): Promise<void> => {
    const durable = told.untilDurable(upTo);
    store.append(entries);
    await durable;
  };
  await append([maker.open(), ...maker.many(4)], 5);
  const mark = disk.content(`${logFile}.mark`);
  await append(maker.many(3), 8);
  await store.close();
  disk.put(`${logFile}.mark`, mark);
  const log = disk.content(logFile);
  return { disk, log, lastLine: log.lastIndexOf(10, log.length - 2) + 1 };
}

async function errorsOf(disk: MemoryFiles): Promise<unknown[]> {
  const { store, told } = await openOn(disk);
  await store.close();
  return told.notices.map(({ level, details }) => [level, details["file"], details["offset"]]);
}

describe("the line of the last index record was synced before the record was written", () => {
  test("so it is damaged, not torn, if it is not what was written", async () => {
    const { disk, log, lastLine } = await indexedBeyondMark();
    disk.change(logFile, log.length - 20);
    expect(await errorsOf(disk)).toEqual([["error", logFile, lastLine]]);
  });

  test("so it is damaged, not torn, if it is gone or cut short", async () => {
    for (const shorter of [0, 1, 20]) {
      const { disk, log, lastLine } = await indexedBeyondMark();
      disk.put(logFile, log.subarray(0, lastLine + shorter));
      expect(await errorsOf(disk)).toEqual([["error", logFile, lastLine]]);
    }
  });

  test("and is sound as it is", async () => {
    const { disk } = await indexedBeyondMark();
    expect(await errorsOf(disk)).toEqual([]);
  });
});
