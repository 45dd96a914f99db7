import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compare } from "./comparison/compare.ts";
import { clientGenerator } from "./load/client.ts";
import { wrkGenerator } from "./load/wrk.ts";
import { ceiling } from "./peers/ceiling/peer.ts";
import { installWithoutStarting, provide } from "./peers/needs.ts";
import { store } from "./peers/store/peer.ts";
import { works } from "./work.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "toystore-bench-test-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("the ceiling and the store take turns, and nothing fails", async () => {
  const said: string[] = [];
  const few = works.filter(({ name }) => ["hot", "lookup"].includes(name));
  const generator = Bun.which("wrk") === null ? clientGenerator(folder) : wrkGenerator(folder);
  const plan = { peers: [ceiling, store], works: few, connections: [4], rounds: 1, seconds: 1, warmUpSeconds: 0 };
  const result = await compare(plan, { generator, folder, say: (line) => said.push(line) });
  expect(result.skipped).toEqual([]);
  expect(result.cells).toHaveLength(2 * few.length);
  for (const { rate, failures } of result.cells) {
    expect(rate.median).toBeGreaterThan(0);
    expect(failures).toBe(0);
  }
  expect(result.costs.map(({ process }) => process)).toEqual([
    "server",
    "catalog",
    "order 1",
    "order 2",
    "order 3",
    "front-end 1",
  ]);
  for (const { process, purchasesPerBatch } of result.costs) {
    if (process !== "catalog") {
      expect(purchasesPerBatch).toBeUndefined();
      continue;
    }
    // Of 4 connections no more than 4 purchases can be under way. Where they are few, lines that are none make it less than 1.
    expect(purchasesPerBatch).toBeGreaterThan(0);
    expect(purchasesPerBatch).toBeLessThanOrEqual(4);
  }
  expect(said).toContain("this store: up, checked");
}, 60_000);

test("what is missing and may not be installed is named", async () => {
  const needs = ["sh", "/nowhere/no-such-program"].map((program) => ({ program, debianPackage: "none" }));
  expect(await provide(needs, folder, false)).toBe("/nowhere/no-such-program is missing, with no right to install it");
  expect(await provide(needs.slice(0, 1), folder, false)).toBeUndefined();
});

test("what is installed is not started: the starters of Debian are out of its path", () => {
  const argv = installWithoutStarting(["some-server"], folder);
  expect(argv).toContain("some-server");
  const path = argv.find((word) => word.startsWith("DPkg::Path="))?.slice("DPkg::Path=".length) ?? "";
  const [first = ""] = path.split(":");
  expect(readdirSync(first).toSorted()).toEqual(["deb-systemd-invoke", "invoke-rc.d", "pg_ctlcluster"]);
  const started = Bun.spawnSync(["invoke-rc.d", "some-server", "start"], { env: { PATH: path } });
  expect([started.exitCode, started.stdout.toString()]).toEqual([0, ""]);
});
