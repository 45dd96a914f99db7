import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readToys } from "../../services/client/toys.ts";
import { readRunnerConfig } from "../../services/runner/config.ts";
import { isNewStore } from "../../services/runner/initial-catalog.ts";

const folder = mkdtempSync(join(tmpdir(), "toystore-initial-"));
afterAll(() => rmSync(folder, { recursive: true }));

const program = join(import.meta.dir, "../../bin/make-initial-catalog.ts");

async function make(...words: string[]): Promise<{ status: number; said: string }> {
  const child = Bun.spawn([process.execPath, program, ...words], {
    cwd: folder,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, problem] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  return { status: await child.exited, said: out + problem };
}

function read(file: string): string {
  return readFileSync(join(folder, file), "utf8");
}

describe("bin/make-initial-catalog", () => {
  test("writes 162 toys of different names, 100 of each, to data/catalog.csv", async () => {
    expect(await make()).toEqual({ status: 0, said: "data/catalog.csv: 162 toys, 100 of each\n" });
    const [header, ...rows] = read("data/catalog.csv").trimEnd().split("\n");
    expect(header).toBe("product_name,price,quantity");
    expect(rows).toHaveLength(162);
    expect(rows.filter((row) => !/,\d+\.\d\d,100$/.test(row))).toEqual([]);
    expect(rows).toContain("Tux,15.99,100");
    const toys = readToys(join(folder, "data/catalog.csv"));
    expect("names" in toys && new Set(toys.names).size).toBe(162);
    expect(readdirSync(join(folder, "data"))).toEqual(["catalog.csv"]);
  });

  test("has all the toys that a client without a catalog knows", async () => {
    await make("--out", "known.csv");
    const [known, made] = [readToys(undefined, "nowhere.csv"), readToys(join(folder, "known.csv"))];
    const names = "names" in made ? made.names : [];
    expect("names" in known && known.names.filter((name) => !names.includes(name))).toEqual([]);
  });

  test("replaces nothing unless it is forced to", async () => {
    writeFileSync(join(folder, "mine.csv"), "mine");
    const refused = await make("--out", "mine.csv");
    expect([refused.status, read("mine.csv")]).toEqual([1, "mine"]);
    expect(refused.said).toContain("--force");
    expect((await make("--out", "mine.csv", "--quantity", "7", "--force")).status).toBe(0);
    expect(read("mine.csv")).toContain("Tux,15.99,7\n");
  });

  test("leaves nothing behind if it cannot replace what is there", async () => {
    mkdirSync(join(folder, "taken/folder.csv"), { recursive: true });
    expect((await make("--out", "taken/folder.csv", "--force")).status).toBe(1);
    expect(readdirSync(join(folder, "taken"))).toEqual(["folder.csv"]);
  });

  test.each(["wal-2", "snapshot-1", "next-7"])(
    "makes none beside the %s of another, unless it is forced to",
    async (of) => {
      mkdirSync(join(folder, of));
      writeFileSync(join(folder, of, "catalog.csv.lock"), "");
      const out = join(of, "catalog.csv");
      expect((await make("--out", out)).status).toBe(0);
      rmSync(join(folder, out));
      writeFileSync(join(folder, `${out}.${of}`), "");
      const refused = await make("--out", out);
      expect(refused.status).toBe(1);
      expect(refused.said).toContain(
        `${out}.${of} is there: the store that it belongs to would take a new catalog for an edit`,
      );
      expect(readdirSync(join(folder, of)).sort()).toEqual(["catalog.csv.lock", `catalog.csv.${of}`].sort());
      expect((await make("--out", out, "--force")).status).toBe(0);
    },
  );

  test("writes where a link leads, and looks there for what another left", async () => {
    mkdirSync(join(folder, "linked/real"), { recursive: true });
    symlinkSync("real/catalog.csv", join(folder, "linked/catalog.csv"));
    expect((await make("--out", "linked/catalog.csv")).status).toBe(0);
    expect(readdirSync(join(folder, "linked/real"))).toEqual(["catalog.csv"]);
    rmSync(join(folder, "linked/real/catalog.csv"));
    writeFileSync(join(folder, "linked/real/catalog.csv.wal-2"), "");
    expect((await make("--out", "linked/catalog.csv")).status).toBe(1);
  });

  test.each([
    [["--quantity", "-1"], "from 0 to 2147483647"],
    [["--quantity", "2147483648"], "from 0 to 2147483647"],
    [["--quantity", "ten"], "from 0 to 2147483647"],
    [["--out", "/dev/null/catalog.csv"], "cannot be written"],
  ])("refuses %p in one line", async (words, part) => {
    const { status, said } = await make(...words);
    expect(status).toBe(1);
    expect(said).toContain(part);
  });
});

describe("a store is new", () => {
  test("only if there is neither a catalog, nor anything of it, nor a log", () => {
    const config = (name: string) => readRunnerConfig({ DATA_DIR: join(folder, name) });
    expect(isNewStore(config("none"))).toBeTrue();
    mkdirSync(join(folder, "some"));
    writeFileSync(join(folder, "some", "notes.txt"), "");
    expect(isNewStore(config("some"))).toBeTrue();
    for (const name of ["catalog.csv", "catalog.csv.wal-1", "log2.csv", "log3.csv.vote"]) {
      mkdirSync(join(folder, `with-${name}`));
      writeFileSync(join(folder, `with-${name}`, name), "");
      expect(isNewStore(config(`with-${name}`))).toBeFalse();
    }
  });
});
