import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { followLinks } from "../../services/lib/follow-links.ts";

const folder = mkdtempSync(join(tmpdir(), "toystore-links-"));
afterAll(() => rmSync(folder, { recursive: true }));
for (const name of ["data", "real", "real/deep"]) mkdirSync(join(folder, name));
writeFileSync(join(folder, "real/catalog.csv"), "");
/** Makes a link in the folder data; `target` is as it stands in it. */
function link(name: string, target: string): string {
  const path = join(folder, "data", name);
  symlinkSync(target, path);
  return path;
}

describe("the file that a path means", () => {
  test("is the path as it is given, if no link is at its end, whether or not there is a file", () => {
    expect(followLinks("data/catalog.csv")).toBe("data/catalog.csv");
    expect(followLinks(join(folder, "none", "catalog.csv"))).toBe(join(folder, "none", "catalog.csv"));
    const linked = link("folder", "../real");
    expect(followLinks(join(linked, "catalog.csv"))).toBe(join(linked, "catalog.csv"));
  });

  test("is where a link leads to, also if nothing is there, and also by way of another link", () => {
    expect(followLinks(link("a", "../real/catalog.csv"))).toBe(join(folder, "real/catalog.csv"));
    expect(followLinks(link("b", join(folder, "real/catalog.csv")))).toBe(join(folder, "real/catalog.csv"));
    expect(followLinks(link("c", "a"))).toBe(join(folder, "real/catalog.csv"));
    expect(followLinks(link("d", "../real/none.csv"))).toBe(join(folder, "real/none.csv"));
  });

  test("is found from the folder that a link is really in", () => {
    const deep = link("deep", "../real/deep");
    symlinkSync("../catalog.csv", join(folder, "real/deep/up"));
    expect(followLinks(join(deep, "up"))).toBe(join(folder, "real/catalog.csv"));
  });

  test("is none if links lead in a circle or into no folder", () => {
    link("one", "two");
    expect(() => followLinks(link("two", "one"))).toThrow(/links/);
    expect(() => followLinks(link("lost", "../none/catalog.csv"))).toThrow(/ENOENT/);
  });
});
