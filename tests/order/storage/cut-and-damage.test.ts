import { expect, test } from "bun:test";
import { LogMaker } from "./entries.ts";
import { MemoryFiles } from "./memory-files.ts";
import { founded, index, logFile, rejection, smallLimits } from "./opened.ts";

test("a cut that is on its way when damage is found leaves the files as they were set aside", async () => {
  const disk = new MemoryFiles();
  const { store, told } = await founded(disk, { ...smallLimits, verifyPauseMs: 60_000 });
  const maker = new LogMaker();
  // One by one, so that the first ones are no longer in memory.
  for (const entry of [maker.open(), ...maker.many(19)]) {
    const durable = told.untilDurable(entry.index);
    store.append([entry]);
    await durable;
  }
  disk.hold("sync", `${logFile}.mark`);
  store.truncate(index(18));
  // The cut gets as far as the sync of its mark.
  await new Promise((resolve) => setImmediate(resolve));
  disk.change(logFile, 100);
  const asIs = disk.content(logFile);
  expect(await rejection(store.readEntries(index(1), 4))).toBeDefined();
  disk.release();
  await store.close();
  expect(disk.content(`${logFile}.damaged-1`)).toEqual(asIs);
});
