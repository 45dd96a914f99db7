import { describe, expect, test } from "bun:test";
import { seededRandom } from "../../../services/lib/random.ts";
import type { Entry, ReplicaId, Term } from "../../../services/order/core/types.ts";
import type { StorageLimits } from "../../../services/order/storage/limits.ts";
import { LogMaker, me } from "./entries.ts";
import { type Crash, MemoryFiles } from "./memory-files.ts";
import { founded, index, logFile, type Opened, openOn, readAll, smallLimits, term } from "./opened.ts";

/** What the store promised, and what it was asked for, while a story was told. */
class Promises {
  founded = false;
  /** The log after each request. */
  readonly logs: (readonly Entry[])[] = [[]];
  /** These entries were reported as durable, and no cut of them was asked for. */
  kept: readonly Entry[] = [];
  readonly votes: { term: Term; votedFor: ReplicaId | undefined }[] = [{ term: term(0), votedFor: undefined }];
  /** From this one on a vote may be found. */
  firstVote = 0;

  get log(): readonly Entry[] {
    return this.logs.at(-1) ?? [];
  }
}

/** One life of a replica: every kind of write, cuts of durable, written and queued entries among them. */
async function tell({ store, told }: Opened, promises: Promises): Promise<void> {
  const noteDurable = (): void => {
    const upTo = told.durable.at(-1)?.index ?? 0;
    if (upTo > promises.kept.length) promises.kept = promises.log.slice(0, upTo);
  };
  const append = (count: number, newTerm = false): Promise<void> => {
    const maker = LogMaker.after(promises.log);
    const entries = [...(newTerm ? [maker.open()] : []), ...maker.many(count)];
    promises.logs.push([...promises.log, ...entries]);
    const durable = told.untilDurable(promises.log.length).then(noteDurable);
    store.append(entries);
    return durable;
  };
  const cut = (after: number): void => {
    promises.logs.push(promises.log.slice(0, after));
    promises.kept = promises.kept.slice(0, after);
    store.truncate(index(after));
  };
  const vote = async (inTerm: number): Promise<void> => {
    promises.votes.push({ term: term(inTerm), votedFor: me });
    await store.saveVote(term(inTerm), me);
    promises.firstVote = promises.votes.length - 1;
  };
  await store.saveIdentity("toys", true);
  promises.founded = true;
  await vote(1);
  await append(3, true);
  void append(2);
  await append(6);
  await vote(2);
  cut(8);
  void append(2, true);
  await append(4);
  await store.saveIdentity("toys", false);
  void append(3);
  cut(13);
  cut(10);
  await append(5, true);
  cut(9);
  await append(7);
  await store.close();
  noteDurable();
}

/** Tells the story until it ends, or until the disk is dead. */
async function tellOn(disk: MemoryFiles, limits: StorageLimits): Promise<Promises> {
  const promises = new Promises();
  try {
    const opened = await openOn(disk, limits);
    const dead = new Promise<void>((resolve) => (disk.onDeath = resolve));
    await Promise.race([tell(opened, promises), dead]);
  } catch (error) {
    expect(error).toMatchObject({ code: "EDEAD" });
  }
  return promises;
}

async function expectKept(disk: MemoryFiles, promises: Promises, limits: StorageLimits): Promise<void> {
  const { store, told } = await openOn(disk, limits);
  await store.verified;
  expect(told.notices.filter(({ level }) => level === "error")).toEqual([]);
  expect(told.damages).toEqual([]);
  const { recovered } = store.found;
  if (recovered === undefined) {
    expect(store.found).toEqual({ recovered: undefined, mayFound: true });
    expect(promises.founded).toBe(false);
    return;
  }
  const entries = await readAll(store);
  expect(entries.slice(0, promises.kept.length)).toEqual([...promises.kept]);
  const known = promises.logs.some((log) => Bun.deepEquals(log.slice(0, entries.length), entries));
  expect(known).toBe(true);
  expect(recovered.orders).toBe(entries.filter((entry) => (entry as Entry).order !== undefined).length);
  const votes = promises.votes.slice(promises.firstVote).map((vote) => ({ ...vote }));
  if (recovered.votedFor !== undefined)
    expect(votes).toContainEqual({ term: recovered.term, votedFor: recovered.votedFor });
  expect(recovered.term).toBeGreaterThanOrEqual(votes[0]?.term ?? 0);
  await expectUsable({ store, told }, entries.length, recovered.term);
}

async function expectUsable({ store, told }: Opened, length: number, inTerm: number): Promise<void> {
  const entries = await readAll(store);
  const maker = LogMaker.after(entries as Entry[]);
  store.append([maker.open(inTerm + 1), maker.order()]);
  await store.close();
  expect(told.durable.at(-1)?.index).toBe(index(length + 2));
  expect(told.failures).toEqual([]);
}

const marksSoon = { ...smallLimits, markSyncMs: 0 };

describe("a process that ended between a write and its sync", () => {
  /** Everything was written, and the sync of the last entries never came back. */
  async function unsynced(): Promise<{ disk: MemoryFiles; entries: readonly Entry[] }> {
    const disk = new MemoryFiles();
    const { store, told } = await openOn(disk);
    await store.saveIdentity("toys", true);
    const maker = new LogMaker();
    const entries = [maker.open(), ...maker.many(12)];
    const durable = told.untilDurable(5);
    store.append(entries.slice(0, 5));
    await durable;
    disk.hold("sync", logFile);
    store.append(entries.slice(5));
    return { disk: disk.afterCrash("kill", seededRandom(1)), entries };
  }

  test("leaves entries that the next one makes durable before it counts them", async () => {
    const { disk, entries } = await unsynced();
    const { store } = await openOn(disk);
    expect(store.found.recovered?.last.index).toBe(index(13));
    const later = await openOn(disk.afterCrash("power", seededRandom(1)));
    expect(await readAll(later.store)).toEqual([...entries]);
    await later.store.close();
    await store.close();
  });

  test("leaves a mark that the next one raises: what it counted cannot be lost unseen", async () => {
    const { disk } = await unsynced();
    const { store } = await openOn(disk);
    await store.close();
    disk.put(logFile, disk.content(logFile).subarray(0, -1));
    disk.delete(`${logFile}.index`);
    const later = await openOn(disk);
    expect(later.store.found).toEqual({ recovered: undefined, mayFound: false });
    await later.store.close();
  });
});

test("a power failure that keeps the index and loses what was appended during the last sync is no damage", async () => {
  const disk = new MemoryFiles();
  const { store } = await founded(disk);
  const maker = new LogMaker();
  const entries = [maker.open(), ...maker.many(12)];
  disk.hold("sync", logFile);
  store.append(entries.slice(0, 5));
  store.append(entries.slice(5));
  disk.release();
  const left = disk.afterCrash("power", seededRandom(1));
  left.put(`${logFile}.index`, disk.content(`${logFile}.index`));
  await store.close();
  const later = await openOn(left);
  expect(later.told.notices).toEqual([]);
  expect(await readAll(later.store)).toEqual(entries.slice(0, 5));
  await later.store.close();
});

describe.each(["kill", "power", "partly"] satisfies Crash[])("a crash (%s)", (crash) => {
  test.each([
    ["with a mark that is seldom synced", smallLimits],
    ["with a mark that is synced at once", marksSoon],
  ])("at any moment, %s, loses nothing that was promised and is no damage", async (_name, limits) => {
    const calm = new MemoryFiles();
    const all = await tellOn(calm, limits);
    expect(all.kept).toEqual(all.log);
    expect(calm.calls).toBeGreaterThan(100);
    for (let calls = 0; calls <= calm.calls; calls++) {
      const disk = new MemoryFiles(calls);
      const promises = await tellOn(disk, limits);
      const lives = crash === "partly" ? 4 : 1;
      for (let life = 0; life < lives; life++) {
        await expectKept(disk.afterCrash(crash, seededRandom(calls * 10 + life)), promises, limits);
      }
    }
  });
});
