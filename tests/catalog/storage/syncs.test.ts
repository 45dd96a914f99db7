import { afterEach, beforeEach, expect, spyOn, test } from "bun:test";
import { fstatSync, readFileSync, statSync } from "node:fs";
import { type FileHandle, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemFiles } from "../../../services/catalog/storage/files.ts";

let folder: string;
let path: string;
/** What was synced since the file was made: a file with what it held then, or the folder. */
let synced: string[];
let spies: { mockRestore: () => void }[];

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "catalog-"));
  path = join(folder, "a");
  await systemFiles.writeSynced(path, [bytes("0123456789")]);
  synced = [];
  spies = [];
  await watch("sync");
  await watch("datasync");
});

afterEach(async () => {
  for (const spy of spies) spy.mockRestore();
  await rm(folder, { recursive: true });
});

/** A sync is still made; only what it finds is noted. */
async function watch(call: "sync" | "datasync"): Promise<void> {
  const file = await open(path);
  const all = Object.getPrototypeOf(file) as FileHandle;
  await file.close();
  const original = all[call];
  const spy = spyOn(all, call).mockImplementation(function (this: FileHandle) {
    synced.push(lookAt(this));
    return original.call(this);
  });
  spies.push(spy);
}

function lookAt({ fd }: FileHandle): string {
  const { ino } = fstatSync(fd);
  if (ino === statSync(folder).ino) return "the folder";
  return ino === statSync(path).ino ? readFileSync(path, "utf8") : "another file";
}

test("what is written is synced when all of it is there", async () => {
  await systemFiles.writeSynced(path, [bytes("one "), bytes("two")]);
  expect(synced).toEqual(["one two"]);
});

test("much that is written is synced on the way, too, so that no sync finds all of it before it", async () => {
  const part = bytes(".".repeat(100_000));
  await systemFiles.writeSynced(path, Array<Uint8Array>(50).fill(part));
  const lengths = synced.map(({ length }) => length);
  expect(lengths.at(-1)).toBe(5_000_000);
  const grown = lengths.map((length, nth) => length - (lengths[nth - 1] ?? 0));
  expect(Math.max(...grown)).toBeLessThan(2_000_000);
});

test("bytes that are written over are synced, once for all of them", async () => {
  await systemFiles.patch(path, [
    { at: 8, bytes: bytes("xy") },
    { at: 1, bytes: bytes("ab") },
  ]);
  expect(synced).toEqual(["0ab34567xy"]);
});

test("a file that is cut is synced as it is then", async () => {
  await systemFiles.truncate(path, 4);
  expect(synced).toEqual(["0123"]);
});

test("what someone else wrote is synced", async () => {
  await systemFiles.syncFile(path);
  expect(synced).toEqual(["0123456789"]);
});

test("the names of a folder are synced with the folder itself", async () => {
  await systemFiles.syncFolder(folder);
  expect(synced).toEqual(["the folder"]);
});
