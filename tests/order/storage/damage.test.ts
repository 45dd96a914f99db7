import { describe, expect, test } from "bun:test";
import type { Entry, ReplicaId } from "../../../services/order/core/types.ts";
import { type Damage, WrongReplicaError } from "../../../services/order/storage/store.ts";
import { LogMaker, me } from "./entries.ts";
import { MemoryFiles } from "./memory-files.ts";
import { index, logFile, openOn, readAll, rejection, smallLimits } from "./opened.ts";

const maker = new LogMaker();
const entries: readonly Entry[] = [maker.open(), ...maker.many(6), maker.open(), ...maker.many(9)];
const beside = [".identity", ".vote", ".mark", ".index"].map((ending) => logFile + ending);

interface Filled {
  readonly files: ReadonlyMap<string, Buffer>;
  readonly log: Buffer;
  /** The mark as it was when so many entries were synced, and the log's length then. */
  readonly oldMark: Buffer;
  readonly markedEntries: number;
  readonly marked: number;
}

/** A store with all entries, closed in good order. */
async function fill(): Promise<Filled> {
  const disk = new MemoryFiles();
  const { store, told } = await openOn(disk);
  await store.saveIdentity("toys", true);
  await store.saveVote(entries[0]?.term ?? (1 as Entry["term"]), me);
  const markedEntries = 13;
  const durable = told.untilDurable(markedEntries);
  store.append(entries.slice(0, markedEntries));
  await durable;
  const [marked, oldMark] = [disk.content(logFile).length, disk.content(`${logFile}.mark`)];
  store.append(entries.slice(markedEntries));
  await store.close();
  const files = new Map([logFile, ...beside].map((path) => [path, disk.content(path)]));
  return { files, log: disk.content(logFile), markedEntries, marked, oldMark };
}

const filled = await fill();
const { log } = filled;

function diskWith(changes: Record<string, Buffer | undefined> = {}): MemoryFiles {
  const disk = new MemoryFiles();
  for (const [path, bytes] of filled.files) {
    const content = path in changes ? changes[path] : bytes;
    if (content !== undefined) disk.put(path, content);
  }
  return disk;
}

/** Where the line begins that holds the byte at `offset`. */
function lineStart(offset: number): number {
  return offset === 0 ? 0 : log.lastIndexOf(10, offset - 1) + 1;
}

interface Verdict {
  /** Found while opening or, at the latest, by the time that everything was verified. */
  readonly damage: Damage | undefined;
  readonly recovered: readonly unknown[] | undefined;
}

/** Opens, lets the background verify, and reads everything. Whatever is read must be what was written. */
async function judge(disk: MemoryFiles): Promise<Verdict> {
  const { store, told } = await openOn(disk);
  const error = told.notices.find(({ level }) => level === "error");
  await store.verified;
  const damage = told.damages[0] ?? (error?.details as Damage | undefined);
  const whole = damage === undefined && store.found.recovered !== undefined;
  const recovered = whole ? await readAll(store) : undefined;
  await store.close();
  expect(told.failures).toEqual([]);
  expect(recovered ?? []).toEqual(entries.slice(0, recovered?.length ?? 0));
  return { damage, recovered };
}

async function expectWiped(disk: MemoryFiles, damage: Partial<Damage>): Promise<void> {
  const verdict = await judge(disk);
  expect(verdict.damage).toMatchObject(damage);
  expect(disk.paths().filter((path) => !path.includes(".damaged-1"))).toEqual([]);
  const { store } = await openOn(disk);
  expect(store.found).toEqual({ recovered: undefined, mayFound: false });
  await store.close();
}

describe("one changed byte of the log", () => {
  const changes: readonly [string, (byte: number) => number][] = [
    ["one bit", (byte) => byte ^ 1],
    ["another bit", (byte) => byte ^ 64],
    ["a newline", (byte) => (byte === 10 ? 44 : 10)],
    ["a zero", () => 0],
  ];

  test.each(changes)("(%s) below the mark is damage of its line", async (_name, change) => {
    for (let offset = 0; offset < log.length; offset++) {
      const changed = Buffer.from(log);
      changed[offset] = change(changed[offset] ?? 0);
      const { damage } = await judge(diskWith({ [logFile]: changed }));
      expect([offset, damage?.file, damage?.offset]).toEqual([offset, logFile, lineStart(offset)]);
    }
  });

  test.each(changes)("(%s) above the mark is damage, or in the last line a torn write", async (_name, change) => {
    const mark = filled.oldMark;
    const lastLine = lineStart(log.length - 1);
    for (let offset = filled.marked; offset < log.length; offset++) {
      const changed = Buffer.from(log);
      changed[offset] = change(changed[offset] ?? 0);
      const verdict = await judge(
        diskWith({ [logFile]: changed, [`${logFile}.mark`]: mark, [`${logFile}.index`]: undefined }),
      );
      if (verdict.damage !== undefined) {
        expect([offset, verdict.damage.offset]).toEqual([offset, lineStart(offset)]);
        expect(lineStart(offset)).toBeLessThan(lastLine);
      } else {
        // The newline before the last line belongs to it here: without it the two are one.
        expect(offset).toBeGreaterThanOrEqual(lastLine - 1);
        expect(verdict.recovered?.length).toBeGreaterThanOrEqual(filled.markedEntries);
      }
    }
  });
});

describe("a log that ends too early", () => {
  test("is damaged if it is shorter than its mark", async () => {
    for (let length = 0; length < log.length; length++) {
      const { damage } = await judge(diskWith({ [logFile]: log.subarray(0, length) }));
      expect(damage).toMatchObject({ file: logFile, offset: length });
    }
  });

  test("beyond its mark was torn: the incomplete line goes, and the operator is told", async () => {
    for (let length = filled.marked; length <= log.length; length++) {
      const disk = diskWith({
        [logFile]: log.subarray(0, length),
        [`${logFile}.mark`]: filled.oldMark,
        [`${logFile}.index`]: undefined,
      });
      const { store, told } = await openOn(disk);
      const whole = length === log.length ? length : log.lastIndexOf(10, length - 1) + 1;
      expect(disk.content(logFile)).toEqual(log.subarray(0, whole));
      expect(store.found.recovered?.tail.at(-1)).toEqual(
        entries[log.subarray(0, whole).filter((b) => b === 10).length - 2],
      );
      const warnings = told.notices.map(({ level, details }) => [level, details["offset"], details["bytesCut"]]);
      expect(warnings).toEqual(whole === length ? [] : [["warn", whole, length - whole]]);
      await store.close();
    }
  });

  test("is damaged if the index knows of later entries, though its mark does not", async () => {
    const disk = diskWith({ [logFile]: log.subarray(0, filled.marked), [`${logFile}.mark`]: filled.oldMark });
    expect((await judge(disk)).damage).toMatchObject({ file: logFile, offset: filled.marked });
  });
});

describe("a file beside the log", () => {
  test.each([".identity", ".vote", ".mark"])("(%s) that is missing makes the replica a wiped one", async (ending) => {
    const path = logFile + ending;
    await expectWiped(diskWith({ [path]: undefined }), { file: path, reason: "it is missing" });
  });

  test("without the log makes the replica a wiped one", async () => {
    await expectWiped(diskWith({ [logFile]: undefined }), { file: logFile, reason: "it is missing" });
  });

  test.each([".identity", ".vote"])("(%s) with any changed byte makes the replica a wiped one", async (ending) => {
    const path = logFile + ending;
    const content = filled.files.get(path) ?? Buffer.alloc(0);
    for (let at = 0; at < content.length; at++) {
      const changed = Buffer.from(content);
      changed[at] = (changed[at] ?? 0) ^ 1;
      await expectWiped(diskWith({ [path]: changed }), { file: path });
    }
    await expectWiped(diskWith({ [path]: content.subarray(0, 10) }), { file: path });
  });

  test("that is lost, all of them but one, never looks like a new store", async () => {
    for (const path of filled.files.keys()) {
      const others = [...filled.files.keys()].filter((other) => other !== path);
      const disk = diskWith(Object.fromEntries(others.map((other) => [other, undefined])));
      const { store } = await openOn(disk);
      expect(store.found).toEqual({ recovered: undefined, mayFound: false });
      await store.close();
    }
  });

  test("of another replica stops the start, and nothing is touched", async () => {
    const disk = diskWith();
    const error = await rejection(openOn(disk, smallLimits, 2 as ReplicaId));
    expect(error).toBeInstanceOf(WrongReplicaError);
    expect(String(error)).toContain("COMPONENT_ID");
    expect(String(error)).not.toContain("\n");
    expect(disk.content(logFile)).toEqual(log);
    expect(disk.opened).toBe(0);
  });
});

describe("the mark", () => {
  const markFile = `${logFile}.mark`;
  const mark = filled.files.get(markFile) ?? Buffer.alloc(0);

  test("that a power failure tore is replaced by the one before it", async () => {
    for (const slot of [0, 1]) {
      const torn = Buffer.from(mark);
      torn.fill(0, slot * 512 + 20, slot * 512 + 512);
      const verdict = await judge(diskWith({ [markFile]: torn }));
      expect(verdict).toEqual({ damage: undefined, recovered: [...entries] });
    }
  });

  test("of which nothing can be read makes the replica a wiped one", async () => {
    await expectWiped(diskWith({ [markFile]: Buffer.alloc(1024) }), { file: markFile });
  });

  test("of another log is damage", async () => {
    const other = new MemoryFiles();
    const { store } = await openOn(other);
    await store.saveIdentity("toys", true);
    const otherMaker = new LogMaker();
    store.append([otherMaker.open(7), ...otherMaker.many(3)]);
    await store.close();
    const { damage } = await judge(diskWith({ [markFile]: other.content(markFile), [`${logFile}.index`]: undefined }));
    expect(damage).toMatchObject({ file: logFile, offset: other.content(logFile).length });
  });
});

describe("the index", () => {
  const indexFile = `${logFile}.index`;
  const content = filled.files.get(indexFile) ?? Buffer.alloc(0);

  test("is written anew from the log if it is lost, cut short, or changed anywhere", async () => {
    const lost = [undefined, Buffer.alloc(0), content.subarray(0, 48), content.subarray(0, content.length - 1)];
    const changed = Array.from({ length: content.length }, (_, at) => {
      const bytes = Buffer.from(content);
      bytes[at] = (bytes[at] ?? 0) ^ 16;
      return bytes;
    });
    for (const bytes of [...lost, ...changed]) {
      const disk = diskWith({ [indexFile]: bytes });
      expect(await judge(disk)).toEqual({ damage: undefined, recovered: [...entries] });
      expect(disk.content(indexFile)).toEqual(content);
    }
  });

  test("that is true of another log is written anew", async () => {
    const other = new MemoryFiles();
    const { store } = await openOn(other);
    await store.saveIdentity("toys", true);
    const otherMaker = new LogMaker();
    store.append([otherMaker.open(2), ...otherMaker.many(14)]);
    await store.close();
    const disk = diskWith({ [indexFile]: other.content(indexFile) });
    expect(await judge(disk)).toEqual({ damage: undefined, recovered: [...entries] });
    expect(disk.content(indexFile)).toEqual(content);
  });
});

describe("a founding", () => {
  test("that was not finished leaves a replica that may found, whatever files it left", async () => {
    const founded = new MemoryFiles();
    const { store } = await openOn(founded);
    await store.saveIdentity("toys", true);
    await store.close();
    const paths = [logFile, `${logFile}.mark`, `${logFile}.vote`, `${logFile}.index`];
    for (let subset = 0; subset < 2 ** paths.length; subset++) {
      const disk = new MemoryFiles();
      paths.forEach((path, nth) => {
        if ((subset & (1 << nth)) !== 0) disk.put(path, founded.content(path));
      });
      const again = await openOn(disk);
      expect(again.store.found).toEqual({ recovered: undefined, mayFound: true });
      await again.store.saveIdentity("toys", true);
      await again.store.close();
    }
  });
});

describe("a replica whose log was set aside", () => {
  test("may not found, can join, and has both logs then", async () => {
    const disk = diskWith({ [`${logFile}.vote`]: undefined });
    const { store } = await openOn(disk);
    await store.saveIdentity("toys", false);
    store.append(entries.slice(0, 3));
    await store.close();
    const again = await openOn(disk);
    expect(again.store.found.recovered).toMatchObject({ voter: false, last: { index: index(3) } });
    expect(disk.content(`${logFile}.damaged-1`)).toEqual(log);
    await again.store.close();
  });

  test("twice keeps both", async () => {
    const disk = diskWith({ [`${logFile}.vote`]: undefined });
    await (await openOn(disk)).store.close();
    for (const [path, bytes] of filled.files) disk.put(path, bytes);
    disk.delete(`${logFile}.mark`);
    const { store, told } = await openOn(disk);
    expect(told.notices[0]?.details).toMatchObject({ file: `${logFile}.mark`, setAsideAs: `${logFile}.damaged-2` });
    expect(disk.content(`${logFile}.damaged-2`)).toEqual(log);
    await store.close();
  });
});
