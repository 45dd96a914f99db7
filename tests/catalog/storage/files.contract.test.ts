import { afterEach, describe, expect, test } from "bun:test";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Files, replaceFile, systemFiles } from "../../../services/catalog/storage/files.ts";
import { SyncedFile } from "../../../services/lib/synced-file.ts";
import { MemoryFiles, Stopped } from "./memory-files.ts";
import { problemOf } from "./problem.ts";

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "catalog-"));
  folders.push(folder);
  return folder;
}

const implementations: Record<string, () => { files: Files; folder: () => Promise<string> }> = {
  "on disk": () => ({ files: systemFiles, folder: temporaryFolder }),
  "in memory": () => ({ files: new MemoryFiles(), folder: () => Promise.resolve("/folder") }),
};

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = async (files: Files, path: string): Promise<string | undefined> => {
  const content = await files.read(path);
  return content === undefined ? undefined : new TextDecoder().decode(content);
};

describe.each(Object.keys(implementations))("files %s", (name) => {
  const make = implementations[name];
  if (make === undefined) throw new Error(name);

  test("a file that does not exist is read as undefined, and a folder that does not exist is empty", async () => {
    const { files, folder } = make();
    const home = await folder();
    expect(await files.read(join(home, "none"))).toBeUndefined();
    expect(await files.list(join(home, "none"))).toEqual([]);
  });

  test("what is written is read, and written over", async () => {
    const { files, folder } = make();
    const path = join(await folder(), "a");
    await files.writeSynced(path, [bytes("longer")]);
    await files.writeSynced(path, [bytes("short")]);
    expect(await text(files, path)).toBe("short");
  });

  test("a renamed file takes the place of another", async () => {
    const { files, folder } = make();
    const home = await folder();
    await files.writeSynced(join(home, "a"), [bytes("new")]);
    await files.writeSynced(join(home, "b"), [bytes("old")]);
    await files.rename(join(home, "a"), join(home, "b"));
    await files.syncFolder(home);
    expect(await files.list(home)).toEqual(["b"]);
    expect(await text(files, join(home, "b"))).toBe("new");
  });

  test("a file takes the place of another only if that one is still as it was", async () => {
    const { files, folder } = make();
    const home = await folder();
    const [a, b] = [join(home, "a"), join(home, "b")];
    await files.writeSynced(a, [bytes("new")]);
    await files.writeSynced(b, [bytes("old")]);
    const before = await files.stamp(b);
    await files.writeSynced(b, [bytes("edited")]);
    expect(await files.renameOver(a, b, before)).toBe(false);
    expect(await files.renameOver(a, b, undefined)).toBe(false);
    expect([await text(files, a), await text(files, b)]).toEqual(["new", "edited"]);
    expect(await files.renameOver(a, b, await files.stamp(b))).toBe(true);
    expect([await text(files, a), await text(files, b)]).toEqual([undefined, "new"]);
    expect(await files.renameOver(b, a, undefined)).toBe(true);
    expect(await problemOf(files.renameOver(b, a, await files.stamp(a)))).toContain("ENOENT");
  });

  test("renaming what does not exist fails, removing it does not", async () => {
    const { files, folder } = make();
    const home = await folder();
    expect(await problemOf(files.rename(join(home, "a"), join(home, "b")))).toContain("ENOENT");
    await files.remove(join(home, "a"));
    expect(await files.list(home)).toEqual([]);
  });

  test("bytes within a file are written over", async () => {
    const { files, folder } = make();
    const path = join(await folder(), "a");
    await files.writeSynced(path, [bytes("0123"), bytes("456789")]);
    await files.patch(path, [
      { at: 8, bytes: bytes("xy") },
      { at: 1, bytes: bytes("ab") },
    ]);
    expect(await text(files, path)).toBe("0ab34567xy");
  });

  test("bytes are written over wherever they are, however many patches there are", async () => {
    const { files, folder } = make();
    const path = join(await folder(), "a");
    await files.writeSynced(path, [bytes(".".repeat(600))]);
    await files.patch(
      path,
      (function* () {
        for (let at = 0; at < 500; at += 2) yield { at, bytes: bytes("x") };
      })(),
    );
    expect(await text(files, path)).toBe("x.".repeat(250) + ".".repeat(100));
  });

  test("a file with two names is one file, until another one takes one of the names", async () => {
    const { files, folder } = make();
    const home = await folder();
    const [a, b, c] = ["a", "b", "c"].map((each) => join(home, each)) as [string, string, string];
    await files.writeSynced(a, [bytes("old")]);
    await files.link(a, b);
    expect(await files.stamp(a)).toBe(await files.stamp(b));
    await files.writeSynced(c, [bytes("new")]);
    await files.rename(c, a);
    expect(await text(files, a)).toBe("new");
    expect(await text(files, b)).toBe("old");
    expect(await problemOf(files.link(a, b))).toContain("EEXIST");
    expect(await problemOf(files.link(c, join(home, "d")))).toContain("ENOENT");
  });

  test("a stamp changes with what is written, and stays with a name", async () => {
    const { files, folder } = make();
    const home = await folder();
    const [a, b] = [join(home, "a"), join(home, "b")];
    expect(await files.stamp(a)).toBeUndefined();
    await files.writeSynced(a, [bytes("one")]);
    const first = await files.stamp(a);
    await files.link(a, b);
    await files.remove(a);
    await files.rename(b, a);
    expect(await files.stamp(a)).toBe(first);
    await files.writeSynced(a, [bytes("longer")]);
    const second = await files.stamp(a);
    expect(second).not.toBe(first);
    await files.writeSynced(b, [bytes("longer")]);
    expect(await files.stamp(b)).not.toBe(second);
  });

  test("a file is cut", async () => {
    const { files, folder } = make();
    const path = join(await folder(), "a");
    await files.writeSynced(path, [bytes("0123456789")]);
    await files.truncate(path, 4);
    expect(await text(files, path)).toBe("0123");
  });

  test("a file is synced whoever wrote it, and stays as it is; one that does not exist is not", async () => {
    const { files, folder } = make();
    const home = await folder();
    await files.writeSynced(join(home, "a"), [bytes("content")]);
    await files.syncFile(join(home, "a"));
    expect(await text(files, join(home, "a"))).toBe("content");
    expect(await problemOf(files.syncFile(join(home, "b")))).toContain("ENOENT");
  });

  test("what is appended comes after what is there, and is told when it is synced", async () => {
    const { files, folder } = make();
    const path = join(await folder(), "a");
    await replaceFile(files, path, [bytes("head ")]);
    const synced: number[] = [];
    const fail = (error: Error): void => expect(error).toBeUndefined();
    const file = new SyncedFile(path, (count) => synced.push(count), fail, files.appending);
    file.append(bytes("one "));
    file.append(bytes("two"));
    await file.close();
    expect(synced.at(-1)).toBe(7);
    expect(await text(files, path)).toBe("head one two");
  });
});

describe("what cannot be written", () => {
  test.each(["writeSynced", "rename"] as const)("leaves no temporary file behind if %s fails", async (operation) => {
    const files = new MemoryFiles();
    const original = files[operation].bind(files) as (path: string, more: never) => Promise<void>;
    files[operation] = async (path: string, more: unknown) => {
      if (operation === "writeSynced") await original(path, more as never);
      throw new Error("ENOSPC");
    };
    expect(await problemOf(replaceFile(files, "/f/a", [bytes("content")]))).toBe("ENOSPC");
    expect(files.paths()).toEqual([]);
  });

  test("leaves none on disk either", async () => {
    const home = await temporaryFolder();
    await mkdir(join(home, "a"));
    expect(await problemOf(replaceFile(systemFiles, join(home, "a"), [bytes("content")]))).toContain("EISDIR");
    expect(await systemFiles.list(home)).toEqual(["a"]);
  });
});

describe("files in memory after a crash", () => {
  test("a loss of power takes what was not synced", async () => {
    const files = new MemoryFiles();
    await files.writeSynced("/f/a", [bytes("kept")]);
    await files.syncFolder("/f");
    await files.writeSynced("/f/b", [bytes("without a name")]);
    await files.rename("/f/a", "/f/c");
    expect(files.afterCrash("kill").paths()).toEqual(["/f/b", "/f/c"]);
    expect(files.afterCrash("power").paths()).toEqual(["/f/a"]);
  });

  test("a process that is killed leaves unsynced what was, for a later loss of power", async () => {
    const files = new MemoryFiles();
    await files.writeSynced("/f/a", [bytes("kept ")]);
    await files.syncFolder("/f");
    files.appending.write(files.appending.open("/f/a", "a"), bytes("written"));
    await files.link("/f/a", "/f/b");
    const killed = files.afterCrash("kill");
    expect([killed.text("/f/a"), killed.text("/f/b")]).toEqual(["kept written", "kept written"]);
    const lost = killed.afterCrash("power");
    expect([lost.text("/f/a"), lost.text("/f/b")]).toEqual(["kept ", undefined]);
    await killed.syncFile("/f/b");
    expect(killed.afterCrash("power").text("/f/a")).toBe("kept written");
    await killed.syncFolder("/f");
    const synced = killed.afterCrash("power");
    expect(synced.paths()).toEqual(["/f/a", "/f/b"]);
    expect(await synced.stamp("/f/a")).toBe(await synced.stamp("/f/b"));
  });

  test("the operation at which the machine stops is done by half, later ones not at all", async () => {
    const files = new MemoryFiles();
    files.stopAfter(2);
    await files.writeSynced("/f/a", [bytes("whole")]);
    expect(await problemOf(files.writeSynced("/f/b", [bytes("half")]))).toBe(new Stopped().message);
    expect(await problemOf(files.read("/f/a"))).toBe(new Stopped().message);
    expect(files.afterCrash("kill").text("/f/b")).toBe("ha");
  });
});
