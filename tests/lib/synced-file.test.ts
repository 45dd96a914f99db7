import { afterEach, beforeEach, expect, test } from "bun:test";
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DiskTrust } from "../../services/lib/disk-trust.ts";
import { adaptiveSync } from "../../services/lib/synced-file.ts";

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
  const sync = adaptiveSync(trust);
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
  const sync = adaptiveSync(trust);
  while (!trust.isEarned) expect(await done(sync)).toBeNull();
  closeSync(fd);
  expect(await done(sync)).toMatchObject({ code: "EBADF" });
  expect(await done(adaptiveSync(quickDisk()))).toMatchObject({ code: "EBADF" });
});
