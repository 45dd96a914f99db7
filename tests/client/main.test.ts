import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startFakeStore } from "./fake-store.ts";
import { runClient, startClient } from "./program.ts";

const folder = mkdtempSync(join(tmpdir(), "toystore-client-test-"));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string): string => join(folder, name);

describe("bin/client as a process", () => {
  test("verifies its orders, prints the report, leaves no journal and ends with 0", async () => {
    await using store = startFakeStore();
    const { status, out, problem } = await runClient("-front_port", `${store.port}`, "-n_repeats", "5", "-p", "1");
    expect(out).toContain("verified: 5 of 5 orders read back");
    expect(out).not.toContain("journal  ");
    expect([status, problem]).toEqual([0, ""]);
  });

  test("keeps its connection, and with --no-keepalive has one for each request", async () => {
    await using kept = startFakeStore();
    await using fresh = startFakeStore();
    const args = ["--run-type", "query", "--n-repeats", "20"];
    const statuses = await Promise.all([
      runClient("--front-port", `${kept.port}`, ...args),
      runClient("--front-port", `${fresh.port}`, ...args, "--no-keepalive"),
    ]);
    expect(statuses.map(({ status }) => status)).toEqual([0, 0]);
    expect(kept.requests.ports.size).toBeLessThan(20);
    expect(fresh.requests.ports.size).toBe(fresh.requests.count);
    expect(fresh.requests.count).toBeGreaterThanOrEqual(20);
  });

  test("ends with 2 when a threshold is missed", async () => {
    await using store = startFakeStore();
    const { status, out } = await runClient("--front-port", `${store.port}`, "--threshold", "query.max<1us");
    expect(status).toBe(2);
    expect(out).toContain("threshold  query.max<1us: MISSED");
  });

  test("ends with 3 and the evidence when an order is lost, and keeps the journal", async () => {
    await using store = startFakeStore({ lies: { showOrder: () => undefined } });
    const { status, out } = await runClient("--front-port", `${store.port}`, "--p", "1");
    expect(status).toBe(3);
    expect(out).toContain("BROKEN  lost: order 0 (1 ");
    const journal = /^journal {2}(\S+)/m.exec(out)?.[1] ?? "";
    expect(readFileSync(journal, "utf8")).toContain('["order",');
    rmSync(join(journal, ".."), { recursive: true });
  });

  test("ends with 1 on a usage error, 4 when nobody answers, 0 for --help", async () => {
    const store = startFakeStore();
    await store[Symbol.asyncDispose]();
    const [usage, noCatalog, noList, unreachable, help] = await Promise.all([
      runClient("--p", "2"),
      runClient("--catalog", "/nowhere/catalog.csv"),
      runClient("--fault", "kill:leader@1s", "--processes", "/nowhere/processes.json"),
      runClient("--front-port", `${store.port}`),
      runClient("--help"),
    ]);
    const statuses = [usage, noCatalog, noList, unreachable, help].map(({ status }) => status);
    expect(statuses).toEqual([1, 1, 1, 4, 0]);
    expect(usage.problem).toContain("from 0 to 1");
    expect(noCatalog.problem).toContain("/nowhere/catalog.csv");
    expect(noList.problem).toContain("bun run services");
    expect(unreachable.out).toContain(`Nothing answers at 127.0.0.1:${store.port}`);
  });

  test("SIGINT ends the run with the report so far, and with the journal to prove it later: 130", async () => {
    const { promise: busy, resolve } = Promise.withResolvers<undefined>();
    const interrupt = (_: Request, attempt: number) => {
      if (attempt === 200) resolve(undefined);
      return undefined;
    };
    await using store = startFakeStore({ stock: 1e9, lies: { interrupt } });
    const journal = file("interrupted.jsonl");
    const words = ["--front-port", `${store.port}`, "--n-repeats", "9999999", "--p", "1", "--journal", journal];
    const child = startClient(...words);
    await busy;
    child.kill("SIGINT");
    const out = await child.stdout.text();
    expect(await child.exited).toBe(130);
    expect(out).toContain("Interrupted; this is the report so far.");
    expect(out).toMatch(/verified: 0 of \d+ orders/);
    expect((await runClient("verify", "--journal", journal)).status).toBe(0);
  });

  test("writes its report as JSON and as a page, and compares two of them", async () => {
    await using store = startFakeStore();
    const [a, b, page] = [file("a.json"), file("b.json"), file("a.html")];
    const port = `${store.port}`;
    await runClient("--front-port", port, "--json", a, "--html", page);
    await runClient("--front-port", port, "--json", b, "--n_repeats", "20");
    const report: unknown = JSON.parse(readFileSync(a, "utf8"));
    expect(report).toMatchObject({ toystoreReport: 1, exitStatus: 0, requests: { query: { answered: 10 } } });
    expect(readFileSync(page, "utf8")).toContain("uPlot");
    const compared = await runClient("compare", a, b);
    expect(compared.status).toBe(0);
    expect(compared.out).toMatch(/^query mean /m);
    const refused = await runClient("compare", a, page);
    expect([refused.status, refused.problem]).toEqual([1, expect.stringContaining("a.html")]);
  });

  test("refuses a journal that holds another run, and a report file that cannot be written", async () => {
    await using store = startFakeStore();
    const used = file("used.jsonl");
    writeFileSync(used, "something\n");
    const refused = await runClient("--front-port", `${store.port}`, "--journal", used);
    expect([refused.status, store.orders.length]).toEqual([1, 0]);
    expect(refused.problem).toContain("holds another run");
    const unwritable = await runClient("--front-port", `${store.port}`, "--json", "/nowhere/report.json");
    expect([unwritable.status, unwritable.problem]).toEqual([1, expect.stringContaining("/nowhere/report.json")]);
  });
});

describe("bin/client verify", () => {
  test("proves what a client bought that was killed in mid-run, worker processes included", async () => {
    const { promise: busy, resolve } = Promise.withResolvers<undefined>();
    const interrupt = (request: Request) => {
      if (request.method === "POST" && store.orders.length >= 100) resolve(undefined);
      return undefined;
    };
    await using store = startFakeStore({ stock: 1e9, lies: { interrupt } });
    const journal = file("killed.jsonl");
    const words = ["--mix", "buy=1", "--duration", "1h", "--connections", "4", "--workers", "2"];
    const child = startClient("--front-port", `${store.port}`, "--journal", journal, ...words);
    await busy;
    child.kill("SIGKILL");
    await child.exited;
    await untilQuiet(() => store.keys.length);
    const { status, out } = await runClient("verify", "--journal", journal, "--exclusive");
    expect(out).toMatch(new RegExp(`^verified: ${store.orders.length} of ${store.orders.length} orders`, "m"));
    expect(status).toBe(0);
  });

  test("ends with 3 when an order of the journal is gone, 4 when nobody answers, 1 without a journal", async () => {
    const journal = file("later.jsonl");
    const missing = { yes: false };
    const showOrder = (order: { number: number; name: string; quantity: number }) => (missing.yes ? undefined : order);
    const store = startFakeStore({ lies: { showOrder } });
    const bought = await runClient("--front-port", `${store.port}`, "--journal", journal, "--p", "1", "--exclusive");
    expect([bought.status, readdirSync(folder).includes("later.jsonl")]).toEqual([0, true]);
    // What others buy afterwards is no harm, though nobody did while the run lasted.
    store.sell({ name: "Tux", quantity: 1 });
    expect((await runClient("verify", "--journal", journal)).status).toBe(0);
    expect((await runClient("verify", "--journal", journal, "--exclusive")).status).toBe(3);
    missing.yes = true;
    const lost = await runClient("verify", "--journal", journal);
    expect(lost.status).toBe(3);
    expect(lost.out).toContain("BROKEN  lost: order 0");
    await store[Symbol.asyncDispose]();
    expect((await runClient("verify", "--journal", journal, "--retry", "0")).status).toBe(4);
    expect((await runClient("verify", "--journal", file("none.jsonl"))).status).toBe(1);
    expect((await runClient("verify")).problem).toContain("--journal");
  });
});

/** Resolves when a count has stood still for a while: nobody sends any more. */
async function untilQuiet(count: () => number): Promise<void> {
  for (let last = -1; last !== count(); await Bun.sleep(100)) last = count();
}
