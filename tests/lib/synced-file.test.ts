import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DiskTrust } from "../../services/lib/disk-trust.ts";
import { adaptiveSync, type FileCalls, SyncedFile } from "../../services/lib/synced-file.ts";

let folder: string;
let fd: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "toystore-sync-"));
  fd = openSync(join(folder, "log"), "a");
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** A clock that stands still: every call is quick. */
function quickDisk(): DiskTrust {
  return new DiskTrust(1, () => 0);
}

function done(sync: ReturnType<typeof adaptiveSync>): Promise<Error | null> {
  return new Promise((resolve) => sync(fd, resolve));
}

test("a sync calls back later, on a thread and in place", async () => {
  const trust = quickDisk();
  const sync = adaptiveSync(undefined, trust);
  const seen = new Set<boolean>();
  for (let nth = 0; nth < 100; nth++) {
    writeSync(fd, "line\n");
    seen.add(trust.isEarned);
    let early = true;
    const synced = new Promise<boolean>((resolve) => sync(fd, () => resolve(early)));
    early = false;
    expect(await synced).toBe(false);
  }
  expect(seen).toEqual(new Set([false, true]));
  closeSync(fd);
});

test("a failure is told, on a thread and in place", async () => {
  const trust = quickDisk();
  const sync = adaptiveSync(undefined, trust);
  while (!trust.isEarned) expect(await done(sync)).toBeNull();
  closeSync(fd);
  expect(await done(sync)).toMatchObject({ code: "EBADF" });
  expect(await done(adaptiveSync(undefined, quickDisk()))).toMatchObject({ code: "EBADF" });
});

test("a quick disk is waited for in place only while nobody else waits", async () => {
  let readings = 0;
  const trust = new DiskTrust(1, () => {
    readings++;
    return 0;
  });
  let isAlone = true;
  const sync = adaptiveSync(() => isAlone, trust);
  while (!trust.isEarned) expect(await done(sync)).toBeNull();
  /** A thread's time is taken from when it is asked, the time in place when its turn has come. */
  const isInPlace = async (): Promise<boolean> => {
    const before = readings;
    const synced = done(sync);
    const inPlace = readings === before;
    expect(await synced).toBeNull();
    return inPlace;
  };
  expect(await isInPlace()).toBe(true);
  isAlone = false;
  expect(await isInPlace()).toBe(false);
  isAlone = true;
  expect(await isInPlace()).toBe(true);
  closeSync(fd);
});

/** A disk whose syncs end when the test says so. */
class SlowDisk implements FileCalls {
  /** What was asked of it, in order. */
  readonly calls: string[] = [];
  private syncs: ((error: Error | null) => void)[] = [];

  open(): number {
    return 1;
  }

  write(_fd: number, bytes: Uint8Array): void {
    this.calls.push(`write ${Buffer.from(bytes).toString()}`);
  }

  sync(_fd: number, ended: (error: Error | null) => void): void {
    this.calls.push("sync");
    this.syncs.push(ended);
  }

  close(): void {
    this.calls.push("close");
  }

  finishSync(error: Error | null = null): void {
    const ended = this.syncs.shift();
    if (ended === undefined) throw new Error("no sync is under way");
    ended(error);
  }
}

describe("a synced file", () => {
  let disk: SlowDisk;
  let synced: number[];
  let failures: Error[];
  let file: SyncedFile;

  beforeEach(() => {
    disk = new SlowDisk();
    synced = [];
    failures = [];
    const note = (bytes: number): void => void synced.push(bytes);
    file = new SyncedFile("log", note, (error) => void failures.push(error), disk);
  });

  const write = (text: string): void => file.write(Buffer.from(text));
  const append = (text: string): void => file.append(Buffer.from(text));

  test("syncs nothing for a write alone", async () => {
    write("a");
    await file.settled();
    expect(disk.calls).not.toContain("sync");
    expect(synced).toEqual([]);
  });

  test("takes everything written along when it is told to sync", () => {
    write("a");
    write("bc");
    file.sync();
    expect(disk.calls).toEqual(["write abc", "sync"]);
    disk.finishSync();
    expect(synced).toEqual([3]);
  });

  test("takes what was written along with what is appended", () => {
    write("a");
    append("b");
    disk.finishSync();
    expect(disk.calls).toEqual(["write ab", "sync"]);
    expect(synced).toEqual([2]);
  });

  test("has nothing to sync if nothing was written since", () => {
    file.sync();
    append("a");
    disk.finishSync();
    file.sync();
    expect(disk.calls).toEqual(["write a", "sync"]);
    expect(synced).toEqual([1]);
  });

  test("does not sync twice what is being synced", () => {
    append("a");
    file.sync();
    disk.finishSync();
    expect(disk.calls).toEqual(["write a", "sync"]);
  });

  test("takes what is written during a sync along with the next sync, and begins that only if somebody asks", () => {
    append("a");
    write("b");
    disk.finishSync();
    expect(disk.calls).toEqual(["write a", "sync"]);
    expect(synced).toEqual([1]);
    write("c");
    file.sync();
    disk.finishSync();
    expect(disk.calls).toEqual(["write a", "sync", "write bc", "sync"]);
    expect(synced).toEqual([1, 3]);
  });

  test("begins the next sync at the end of this one, for all that was asked meanwhile together", () => {
    append("a");
    append("b");
    append("c");
    write("d");
    disk.finishSync();
    expect(disk.calls).toEqual(["write a", "sync", "write bcd", "sync"]);
    disk.finishSync();
    expect(synced).toEqual([1, 4]);
  });

  test("syncs what was written before it closes", async () => {
    write("a");
    const closing = file.close();
    expect(disk.calls).toEqual(["write a", "sync"]);
    disk.finishSync();
    await closing;
    expect(disk.calls).toEqual(["write a", "sync", "close"]);
    expect(synced).toEqual([1]);
  });

  test("syncs what was written during a sync before it closes", async () => {
    append("a");
    write("b");
    const closing = file.close();
    disk.finishSync();
    disk.finishSync();
    await closing;
    expect(disk.calls).toEqual(["write a", "sync", "write b", "sync", "close"]);
  });

  test("writes nothing more after a sync that failed, and says so once", async () => {
    append("a");
    write("b");
    disk.finishSync(new Error("EIO"));
    append("c");
    await file.close();
    expect(disk.calls).toEqual(["write a", "sync", "close"]);
    expect(failures.map(({ message }) => message)).toEqual(["EIO"]);
    expect(synced).toEqual([]);
  });
});
