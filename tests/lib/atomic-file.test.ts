import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeFolder } from "../../services/lib/atomic-file.ts";

const root = mkdtempSync(join(tmpdir(), "toystore-folder-"));
afterAll(() => rmSync(root, { recursive: true }));

describe("a folder that is made", () => {
  test("is entered in the one above, durably, and so are those between", () => {
    const synced: string[] = [];
    makeFolder(join(root, "a/b/c"), (folder) => void synced.push(folder));
    expect(existsSync(join(root, "a/b/c"))).toBeTrue();
    expect(synced).toEqual([join(root, "a/b"), join(root, "a"), root]);
    makeFolder(join(root, "a/b/d"), (folder) => void synced.push(folder));
    expect(synced.slice(3)).toEqual([join(root, "a/b")]);
  });

  test("is left alone if it is there", () => {
    const synced: string[] = [];
    makeFolder(root, (folder) => void synced.push(folder));
    expect(synced).toEqual([]);
    makeFolder(join(root, "real"));
    expect(existsSync(join(root, "real"))).toBeTrue();
  });
});
