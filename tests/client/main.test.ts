import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { startFakeStore } from "./fake-store.ts";

const program = join(import.meta.dir, "../../services/client/main.ts");

function start(...words: string[]) {
  return Bun.spawn([process.execPath, program, ...words], { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
}

async function run(...words: string[]): Promise<{ status: number; out: string; problem: string }> {
  const child = start(...words);
  const [out, problem] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  return { status: await child.exited, out, problem };
}

describe("bin/client as a process", () => {
  test("verifies its orders, prints the report and ends with 0", async () => {
    await using store = startFakeStore();
    const { status, out, problem } = await run("-front_port", `${store.port}`, "-n_repeats", "5", "-p", "1");
    expect(out).toContain("verified: 5 of 5 orders read back");
    expect([status, problem]).toEqual([0, ""]);
  });

  test("ends with 3 and the evidence when an order is lost", async () => {
    await using store = startFakeStore({ lies: { showOrder: () => undefined } });
    const { status, out } = await run("--front-port", `${store.port}`, "--p", "1");
    expect(status).toBe(3);
    expect(out).toContain("BROKEN  lost: order 0 (1 ");
  });

  test("ends with 1 on a usage error, 4 when nobody answers, 0 for --help", async () => {
    const store = startFakeStore();
    await store[Symbol.asyncDispose]();
    const [usage, noCatalog, unreachable, help] = await Promise.all([
      run("--p", "2"),
      run("--catalog", "/nowhere/catalog.csv"),
      run("--front-port", `${store.port}`),
      run("--help"),
    ]);
    expect([usage.status, noCatalog.status, unreachable.status, help.status]).toEqual([1, 1, 4, 0]);
    expect(usage.problem).toContain("from 0 to 1");
    expect(noCatalog.problem).toContain("/nowhere/catalog.csv");
  });

  test("SIGINT ends the run with the report so far", async () => {
    const { promise: busy, resolve } = Promise.withResolvers<undefined>();
    const interrupt = (_: Request, attempt: number) => {
      if (attempt === 50) resolve(undefined);
      return undefined;
    };
    await using store = startFakeStore({ stock: 1e9, lies: { interrupt } });
    const child = start("--front-port", `${store.port}`, "--n-repeats", "9999999", "--p", "1");
    await busy;
    child.kill("SIGINT");
    const out = await child.stdout.text();
    expect(await child.exited).toBe(130);
    expect(out).toContain("Interrupted; this is the report so far.");
    expect(out).toMatch(/verified: 0 of \d+ orders/);
  });
});
