import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import type { Entry } from "../../../services/order/core/types.ts";
import { openFileStore } from "../../../services/order/storage/file-store.ts";
import type { ReplicaStore } from "../../../services/order/storage/store.ts";
import { keysIn } from "../core/keys.ts";
import { LogMaker, me, smallLog } from "./entries.ts";
import { MemoryFiles } from "./memory-files.ts";
import { emptyDisk, MemoryStore } from "./memory-store.ts";
import { founded, index, logFile, openOn, readAll, smallLimits, Told } from "./opened.ts";
import { storeContract } from "./store-contract.ts";

const folder = mkdtempSync(join(tmpdir(), "toystore-storage-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let places = 0;

const { recoveredEntriesMax } = smallLimits;

describe("a store in memory", () => {
  storeContract(() => {
    const disk = emptyDisk();
    return { open: async (told) => new MemoryStore(disk, { ...told.events, recoveredEntriesMax }) };
  });

  test("loses what was not synced, and nothing else", async () => {
    const disk = emptyDisk();
    const told = new Told();
    const store = new MemoryStore(disk, { ...told.events, manual: true });
    void store.saveIdentity("toys", true);
    store.append(smallLog(3));
    store.sync();
    store.append([LogMaker.after(smallLog(3)).order()]);
    expect(told.durable.map((last) => last.index)).toEqual([index(4)]);
    expect(await readAll(new MemoryStore(disk, told.events))).toEqual(smallLog(3));
    store.sync();
    expect(await readAll(new MemoryStore(disk, told.events))).toEqual(smallLog(4));
  });
});

describe("a store in files", () => {
  storeContract(() => {
    const path = join(folder, `place-${++places}`, "log1.csv");
    return { open: (told) => openFileStore({ logFile: path, replicaId: me, limits: smallLimits, ...told.events }) };
  });

  test("with the limits of production keeps the log readable, and byte by byte a function of its entries", async () => {
    const contents: string[] = [];
    for (const batch of [1, 700]) {
      const path = join(folder, `readable-${batch}`, "log2.csv");
      const told = new Told();
      const store = await openFileStore({ logFile: path, replicaId: me, ...told.events });
      await store.saveIdentity("toys", true);
      const entries = smallLog(1500);
      for (let at = 0; at < entries.length; at += batch) store.append(entries.slice(at, at + batch));
      expect(await readAll(store)).toEqual(entries);
      await store.close();
      const again = await openFileStore({ logFile: path, replicaId: me, ...told.events });
      expect(await readAll(again)).toEqual(entries);
      await again.close();
      contents.push(readFileSync(path, "utf8"));
      expect(told.failures).toEqual([]);
    }
    expect(contents[1]).toBe(contents[0] ?? "");
    expect(contents[0]?.split("\n").slice(0, 4)).toEqual([
      "order_number,product_name,quantity,position,term,key,checksum",
      ",,,1,1,,37405922",
      '0,Tux,1,2,1,"c:1-0,",75e1d607',
      "1,Barbie,2,3,1,c:1-1,82fd59cf",
    ]);
  });
});

describe("a store in files of a memory", () => {
  storeContract(() => {
    const disk = new MemoryFiles();
    return {
      open: async (told) => openFileStore({ logFile, replicaId: me, disk, limits: smallLimits, ...told.events }),
    };
  });

  test("reads what is durable while more waits for the disk than it keeps in memory", async () => {
    const disk = new MemoryFiles();
    const { store, told } = await founded(disk);
    const entries = smallLog(20);
    const durable = told.untilDurable(9);
    store.append(entries.slice(0, 9));
    await durable;
    disk.hold("sync", logFile);
    store.append(entries.slice(9, 10));
    store.append(entries.slice(10));
    expect(await store.readEntries(index(9), 1)).toEqual(entries.slice(8, 9));
    expect(await readAll(store)).toEqual(entries);
    expect(told.damages).toEqual([]);
    disk.release();
    await store.close();
  });

  test("leaves no file handle open", async () => {
    const disk = new MemoryFiles();
    const { store } = await openOn(disk);
    await store.saveIdentity("toys", true);
    await store.saveVote(smallLog(0)[0]?.term as Entry["term"], me);
    store.append(smallLog(20));
    store.truncate(index(3));
    await store.close();
    expect(disk.opened).toBe(0);
  });
});

/** What a replica may ask of its store, in any order. */
const asks = fc.array(
  fc.oneof(
    fc.record({ type: fc.constant("append" as const), count: fc.integer({ min: 0, max: 9 }), newTerm: fc.boolean() }),
    fc.record({ type: fc.constant("truncate" as const), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
    fc.constant({ type: "wait" as const }),
    fc.constant({ type: "reopen" as const }),
  ),
  { maxLength: 20 },
);

test("whatever is asked of it, a store in files holds what one in memory holds", async () => {
  await fc.assert(
    fc.asyncProperty(asks, async (list) => {
      const [files, memory] = [new MemoryFiles(), emptyDisk()];
      let entries: Entry[] = [];
      let told = new Told();
      const open = async (): Promise<ReplicaStore[]> => {
        told = new Told();
        const { store } = await openOn(files);
        return [store, new MemoryStore(memory, { onDurable: () => undefined, recoveredEntriesMax })];
      };
      let stores = await open();
      for (const store of stores) await store.saveIdentity("toys", true);
      for (const ask of [...list, { type: "reopen" } as const]) {
        if (ask.type === "append") {
          const maker = LogMaker.after(entries);
          const added = [...(ask.newTerm || entries.length === 0 ? [maker.open()] : []), ...maker.many(ask.count)];
          entries = [...entries, ...added];
          for (const store of stores) store.append(added);
        } else if (ask.type === "truncate") {
          entries = entries.slice(0, Math.floor(ask.share * entries.length));
          for (const store of stores) store.truncate(index(entries.length));
        } else if (ask.type === "wait") {
          await Promise.resolve();
        } else {
          for (const store of stores) await store.close();
          stores = await open();
          const [inFiles, inMemory] = stores.map(({ found }) => found.recovered);
          expect(inFiles && { ...inFiles, keys: [] }).toEqual(inMemory && { ...inMemory, keys: [] });
          const remembered = inMemory && keysIn(inMemory).slice(-smallLimits.keysMax);
          expect(inFiles && keysIn(inFiles)).toEqual(remembered);
        }
        for (const store of stores) expect(await readAll(store)).toEqual(entries);
      }
      for (const store of stores) await store.close();
      expect(told.failures).toEqual([]);
    }),
    { numRuns: 150 },
  );
});
