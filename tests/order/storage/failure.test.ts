import { describe, expect, test } from "bun:test";
import type { Entry, OrderNumber } from "../../../services/order/core/types.ts";
import { IndexRecords, recordBytes } from "../../../services/order/storage/index-records.ts";
import { DamageError } from "../../../services/order/storage/store.ts";
import { LogMaker, me, smallLog } from "./entries.ts";
import { recordsIn } from "./index-entries.ts";
import { failure, MemoryFiles } from "./memory-files.ts";
import {
  founded,
  index,
  logFile,
  type Opened,
  openOn,
  readAll,
  readOrder,
  rejection,
  smallLimits,
  term,
} from "./opened.ts";

/** Makes every call of this kind on this file fail from now on. */
function breakDisk(disk: MemoryFiles, call: string, path: string, code = "EIO"): void {
  disk.fault = (made, of) => {
    if (made === call && of === path) throw failure(code, path);
  };
}

describe("a disk that fails", () => {
  test.each([
    ["write", logFile],
    ["sync", logFile],
    ["writeAt", `${logFile}.mark`],
    ["write", `${logFile}.index`],
  ])("(%s of %s) ends the store: told once, and nothing is durable after it", async (call, path) => {
    const disk = new MemoryFiles();
    const { store, told } = await founded(disk);
    const durable = told.untilDurable(2);
    store.append(smallLog(1));
    await durable;
    breakDisk(disk, call, path);
    const maker = LogMaker.after(smallLog(1));
    store.append(maker.many(4));
    await store.close();
    disk.fault = () => undefined;
    store.append(maker.many(4));
    store.truncate(index(1));
    expect(told.failures).toHaveLength(1);
    expect(told.durable).toEqual([{ index: index(2), term: term(1) }]);
  });

  test.each([
    ["sync", `${logFile}.mark`],
    ["truncate", `${logFile}.index`],
    ["sync", `${logFile}.index`],
    ["truncate", logFile],
    ["sync", logFile],
  ])("(%s of %s) in a cut ends the store before anything takes the place of what was cut", async (call, path) => {
    const disk = new MemoryFiles();
    const { store, told } = await founded(disk);
    const durable = told.untilDurable(10);
    store.append(smallLog(9));
    await durable;
    breakDisk(disk, call, path);
    store.truncate(index(3));
    store.append(LogMaker.after(smallLog(2)).many(1));
    await store.close();
    expect(told.failures).toHaveLength(1);
    expect(told.durable.at(-1)?.index).toBe(index(10));
  });

  test("rejects a vote and an identity that it cannot keep, and keeps the ones before", async () => {
    const disk = new MemoryFiles();
    const { store } = await founded(disk);
    await store.saveVote(term(1), me);
    breakDisk(disk, "write", `${logFile}.vote.tmp`, "ENOSPC");
    expect(await rejection(store.saveVote(term(2), me))).toMatchObject({ code: "ENOSPC" });
    breakDisk(disk, "sync", `${logFile}.identity.tmp`, "ENOSPC");
    expect(await rejection(store.saveIdentity("toys", false))).toMatchObject({ code: "ENOSPC" });
    disk.fault = () => undefined;
    await store.close();
    const again = await openOn(disk);
    expect(again.store.found.recovered).toMatchObject({ term: 1, votedFor: me, voter: true });
    await again.store.close();
  });

  test("at the founding leaves a replica that may found", async () => {
    for (const path of [logFile, `${logFile}.mark`, `${logFile}.vote`, `${logFile}.identity`]) {
      const disk = new MemoryFiles();
      breakDisk(disk, "sync", `${path}.tmp`, "ENOSPC");
      const { store } = await openOn(disk);
      expect(await rejection(store.saveIdentity("toys", true))).toMatchObject({ code: "ENOSPC" });
      await store.close();
      disk.fault = () => undefined;
      const again = await openOn(disk);
      expect(again.store.found).toEqual({ recovered: undefined, mayFound: true });
      await again.store.close();
    }
  });

  test("and falls too far behind ends the store rather than fill the memory", async () => {
    const disk = new MemoryFiles();
    const { store, told } = await founded(disk, { ...smallLimits, groupBytesMax: 1000 });
    disk.hold("sync", logFile);
    const maker = new LogMaker();
    store.append([maker.open(), ...maker.many(10)]);
    expect(told.failures).toEqual([]);
    store.append(maker.many(40));
    expect(told.failures.map(String)).toEqual([expect.stringContaining("behind")]);
    disk.release();
    await store.close();
    expect(told.durable).toEqual([]);
  });
});

describe("group commit", () => {
  test("syncs together what was appended during a sync, and reports nothing before its sync", async () => {
    const disk = new MemoryFiles();
    const { store, told } = await founded(disk);
    const entries = smallLog(9);
    disk.hold("sync", logFile);
    for (const entry of entries) store.append([entry]);
    await Promise.resolve();
    expect(told.durable).toEqual([]);
    expect(await readAll(store)).toEqual(entries);
    disk.release();
    await store.close();
    expect(told.durable.map((last) => last.index)).toEqual([index(1), index(10)]);
  });

  test("cuts only when everything before the cut was written", async () => {
    const disk = new MemoryFiles();
    const { store, told } = await founded(disk);
    const old = smallLog(9);
    disk.hold("sync", logFile);
    store.append(old.slice(0, 5));
    store.append(old.slice(5));
    store.truncate(index(3));
    const maker = LogMaker.after(old.slice(0, 3));
    const fresh = [maker.open(2), ...maker.many(2)];
    store.append(fresh);
    await new Promise((resolve) => setImmediate(resolve));
    disk.release();
    await store.close();
    expect(told.durable.at(-1)).toEqual({ index: index(6), term: term(2) });
    const again = await openOn(disk);
    expect(await readAll(again.store)).toEqual([...old.slice(0, 3), ...fresh]);
    await again.store.close();
  });

  test("keeps the mark before the last one, in case that one is torn", async () => {
    const disk = new MemoryFiles();
    const { store, told } = await founded(disk);
    const maker = new LogMaker();
    store.append([maker.open()]);
    for (let count = 2; count < 6; count++) {
      const durable = told.untilDurable(count);
      store.append(maker.many(1));
      await durable;
      const mark = disk.content(`${logFile}.mark`).toString();
      const positions = [...mark.matchAll(/^\d+,\d+,(\d+),1,/gm)].map((match) => Number(match[1]));
      expect(positions.sort((a, b) => a - b)).toEqual([count - 1, count]);
    }
    await store.close();
  });

  test("writes the mark before it reports", async () => {
    const disk = new MemoryFiles();
    const { store, told } = await founded(disk);
    const durable = told.untilDurable(4);
    store.append(smallLog(3));
    await durable;
    const mark = disk.content(`${logFile}.mark`).toString();
    expect(mark).toContain(`,${disk.content(logFile).length},4,1,`);
    await store.close();
  });
});

describe("damage that comes while the store is open", () => {
  const entries: readonly Entry[] = smallLog(40);

  async function opened(): Promise<Opened & { readonly disk: MemoryFiles; readonly badLine: number }> {
    const disk = new MemoryFiles();
    const first = await founded(disk);
    first.store.append(entries);
    await first.store.close();
    const log = disk.content(logFile);
    const badLine = log.indexOf("\n14,") + 1;
    const reopened = await openOn(disk, { ...smallLimits, verifyPauseMs: 60_000 });
    disk.change(logFile, badLine + 4);
    return { ...reopened, disk, badLine };
  }

  async function expectGivenUp({ store, told, disk, badLine }: Awaited<ReturnType<typeof opened>>): Promise<void> {
    expect(told.damages).toMatchObject([{ file: logFile, offset: badLine }]);
    expect(told.notices.map(({ level }) => level)).toEqual(["error"]);
    expect(disk.paths().every((path) => path.includes(".damaged-1"))).toBe(true);
    store.append(LogMaker.after(entries).many(1));
    expect(await rejection(store.saveVote(term(9), me))).toBeInstanceOf(Error);
    await store.close();
    expect(told.durable).toEqual([]);
    expect(told.failures).toEqual([]);
  }

  test("is found by a read of entries, which serves none of them", async () => {
    const all = await opened();
    expect(await rejection(readAll(all.store))).toBeInstanceOf(DamageError);
    await expectGivenUp(all);
  });

  test("is found by a look-up of the order in that line, not by one of a neighbour in another block", async () => {
    const all = await opened();
    expect(await readOrder(all.store, 13 as OrderNumber)).toEqual(entries[14]?.order as never);
    expect(await rejection(readOrder(all.store, 14 as OrderNumber))).toBeInstanceOf(DamageError);
    await expectGivenUp(all);
  });

  test("is found by a look-up that does not leave the thread, once the disk has proved to be quick", async () => {
    const all = await opened();
    for (let nth = 0; nth < 500; nth++) await readOrder(all.store, 3 as OrderNumber);
    all.disk.hold("readLater", logFile);
    expect(await readOrder(all.store, 3 as OrderNumber)).toEqual(entries[4]?.order as never);
    expect(await rejection(readOrder(all.store, 14 as OrderNumber))).toBeInstanceOf(DamageError);
    await expectGivenUp(all);
  });

  test("is not what a read sees that a cut has overtaken", async () => {
    const disk = new MemoryFiles();
    const first = await founded(disk);
    first.store.append(entries);
    await first.store.close();
    const { store, told } = await openOn(disk);
    disk.hold("readLater", logFile);
    const read = store.readEntries(index(20), 10);
    const orders = [2, 20].map((number) => readOrder(store, number as OrderNumber));
    const kept = entries.slice(0, 22);
    store.truncate(index(22));
    const maker = LogMaker.after(kept);
    const fresh = [maker.open(2), ...maker.many(30)];
    const again = told.untilDurable(53);
    store.append(fresh);
    await again;
    disk.release();
    expect(await read).toEqual([...kept, ...fresh].slice(19, 29));
    expect(await Promise.all(orders)).toEqual([entries[3]?.order, entries[21]?.order]);
    expect(told.damages).toEqual([]);
    await store.close();
  });

  test("in the index only is found in the background, where nobody looked at the opening", async () => {
    const disk = new MemoryFiles();
    const first = await founded(disk);
    first.store.append(entries);
    await first.store.close();
    const records = recordsIn(IndexRecords.read(disk.content(`${logFile}.index`)));
    const lie = IndexRecords.none();
    for (const [nth, record] of records.entries()) {
      const { before } = record;
      lie.push(nth === 2 ? { ...record, before: { ...before, orders: before.orders + 1 } } : record);
    }
    disk.put(`${logFile}.index`, lie.encoded(0, lie.length));
    const { store, told } = await openOn(disk);
    await store.verified;
    expect(told.damages).toMatchObject([{ file: logFile, offset: records[2]?.before.offset }]);
    await store.close();
  });

  test("is not an index that lacks its first records: the log is read from its top", async () => {
    const disk = new MemoryFiles();
    const first = await founded(disk);
    first.store.append(entries);
    await first.store.close();
    disk.put(`${logFile}.index`, disk.content(`${logFile}.index`).subarray(2 * recordBytes));
    const { store, told } = await openOn(disk);
    expect(await readOrder(store, 0 as OrderNumber)).toEqual(entries[1]?.order);
    expect(await store.readEntries(index(1), 5)).toEqual(entries.slice(0, 5));
    await store.verified;
    expect(told.damages).toEqual([]);
    await store.close();
  });

  test("is found by a cut that has to look for its place", async () => {
    const all = await opened();
    all.store.truncate(index(17));
    await expectGivenUp(all);
  });
});
