import { expect, test } from "bun:test";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(import.meta.dir, "../..");
const file = relative(root, fileURLToPath(import.meta.resolve("./fixtures/environment.ts")));

/** The environment that a program of bin/launch sees. */
async function launched(env: Readonly<Record<string, string>>): Promise<Record<string, string>> {
  const path = process.env["PATH"] ?? "";
  const child = Bun.spawn([join(root, "bin/launch"), file], { env: { PATH: path, ...env }, stderr: "inherit" });
  const seen = JSON.parse(await child.stdout.text()) as Record<string, string>;
  expect(await child.exited).toBe(0);
  return seen;
}

test("the allocator keeps memory for ten seconds", async () => {
  expect(await launched({})).toMatchObject({ MIMALLOC_PURGE_DELAY: "10000", MIMALLOC_PURGE_HOLES: "0" });
});

test("what the operator says about the allocator stays", async () => {
  const env = { MIMALLOC_PURGE_DELAY: "100", MIMALLOC_PURGE_HOLES: "1" };
  expect(await launched(env)).toMatchObject(env);
});
