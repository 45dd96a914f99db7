import { expect, test } from "bun:test";
import { smallLog } from "./entries.ts";
import { MemoryFiles } from "./memory-files.ts";
import { founded, logFile, openOn } from "./opened.ts";

test("what was set aside without its log keeps its place when a whole set follows", async () => {
  const disk = new MemoryFiles();
  const { store } = await founded(disk);
  store.append(smallLog(3));
  await store.close();
  disk.delete(logFile);
  await (await openOn(disk)).store.close();
  const aside = disk.paths().map((path) => [path, disk.content(path)] as const);
  expect(aside).toHaveLength(4);

  const next = await openOn(disk);
  await next.store.saveIdentity("toys", false);
  await next.store.close();
  disk.delete(`${logFile}.vote`);
  const { told, store: last } = await openOn(disk);
  await last.close();
  for (const [path, bytes] of aside) expect([path, disk.content(path)]).toEqual([path, bytes]);
  expect(told.notices[0]?.details).toMatchObject({ setAsideAs: `${logFile}.damaged-2` });
});
