import { describe, expect, test } from "bun:test";
import { startFakeStore } from "../fake-store.ts";
import { startProxy } from "./breaking-proxy.ts";
import { failFirst, shop, usual } from "./shop.ts";

describe("shopping at an honest store", () => {
  test("every order is bought once, read back, and missing from the stock", async () => {
    await using store = startFakeStore();
    const report = await shop(store, usual);
    expect(report).toMatchObject({ end: "complete", exitStatus: 0, findingsCount: 0 });
    expect(report.requests.query.answered).toBe(60);
    expect(report.proof).toMatchObject({ verified: store.orders.length, stockChecked: 3, holes: [], notes: [] });
    expect(store.orders.length).toBeGreaterThan(20);
    expect(new Set(store.keys).size).toBe(store.orders.length);
  });

  test("the same seed makes the same choices, with other keys", async () => {
    await using first = startFakeStore();
    await using second = startFakeStore();
    const words = "--n-repeats 30 --seed 5 --quantity 1-4";
    await shop(first, words);
    await shop(second, words);
    expect(first.orders.length).toBeGreaterThan(5);
    expect(second.orders).toEqual(first.orders);
    expect(second.keys).not.toEqual(first.keys);
  });

  test("run type query buys nothing, session proves nothing", async () => {
    await using store = startFakeStore();
    const looked = await shop(store, "--run-type query");
    expect([store.orders.length, looked.exitStatus]).toEqual([0, 0]);
    const bought = await shop(store, "--run-type session --n-repeats 60 --p 1");
    expect([bought.orders.acknowledged, bought.exitStatus, bought.proof]).toEqual([60, 0, undefined]);
    expect(bought.requests.check.answered).toBe(0);
  });

  test("what is shown as out of stock is not bought, and a refusal is no error", async () => {
    await using store = startFakeStore({ stock: 2, lies: { showQuantity: (_, quantity) => Math.max(quantity, 1) } });
    const report = await shop(store, "--n-repeats 20 --n-threads 3 --p 1 --run-type session");
    expect(report.orders).toMatchObject({ acknowledged: 6, outOfStock: 54 });
    expect(report.exitStatus).toBe(0);
    await using empty = startFakeStore({ stock: 0 });
    expect((await shop(empty, "--p 1")).requests.buy.answered).toBe(0);
  });

  test("every front-end takes its turn, and is asked about every order", async () => {
    await using store = startFakeStore();
    await using other = startProxy(store.port);
    const words = `--target 127.0.0.1:${store.port} --target 127.0.0.1:${other.port} --n-threads 2 --p 1`;
    const report = await shop(store, words);
    expect(report.proof?.frontEnds).toEqual([`127.0.0.1:${store.port}`, `127.0.0.1:${other.port}`]);
    expect([report.proof?.verified, report.requests.check.answered, report.exitStatus]).toEqual([20, 40, 0]);
  });

  test("orders of other buyers are seen between the own ones, and are no harm", async () => {
    let bought = 0;
    const interrupt = (request: Request) => {
      if (request.method === "POST" && ++bought === 5) store.sell({ name: "Tux", quantity: 1 });
      return undefined;
    };
    await using store = startFakeStore({ lies: { interrupt } });
    const report = await shop(store, "--n-repeats 40 --p 1");
    expect(report.proof).toMatchObject({ foreign: 1, notes: [expect.stringContaining("others bought meanwhile")] });
    expect(report.exitStatus).toBe(0);
  });

  test("two workers share the load, and their purchases one journal", async () => {
    await using store = startFakeStore();
    const report = await shop(store, "--n-repeats 10 --n-threads 4 --p 1 --workers 2");
    expect(report.generator).toMatchObject({ workers: 2, iterations: 40 });
    expect(report.proof).toMatchObject({ intents: 40, verified: 40 });
    expect(report.exitStatus).toBe(0);
  });
});

describe("a store that stumbles", () => {
  test.each([500, 503])("is asked again after a %d, with the same key", async (status) => {
    await using store = startFakeStore({ lies: { interrupt: failFirst(status) } });
    const report = await shop(store, "--n-repeats 20 --n-threads 3 --p 1");
    expect(report.requests.buy.retries).toBe(60);
    expect(report.failedAttempts[`buy: HTTP ${status}`]).toBe(60);
    expect([store.keys.length, new Set(store.keys).size]).toEqual([120, 60]);
    expect([store.orders.length, report.orders.acknowledged, report.exitStatus]).toEqual([60, 60, 0]);
  });

  test("loses no order and makes none twice when connections break after the purchase", async () => {
    await using store = startFakeStore();
    await using proxy = startProxy(store.port, 4);
    const report = await shop(proxy, "--n-repeats 20 --n-threads 3 --p 1 --exclusive");
    expect(report.requests.buy.retries).toBeGreaterThan(0);
    expect([store.orders.length, report.proof?.verified, report.exitStatus]).toEqual([60, 60, 0]);
  });

  test.each(["lookup", "repeat"])("has every purchase of unknown outcome resolved: %s", async (how) => {
    let posts = 0;
    // Every third purchase is executed, and its reply lost; every fifth is neither.
    const interrupt = (request: Request) => {
      if (request.method !== "POST" || posts >= 30) return undefined;
      return ++posts % 5 === 0 ? new Response("", { status: 500 }) : undefined;
    };
    await using store = startFakeStore({ lies: { interrupt, loseReply: (number) => posts < 30 && number % 3 === 0 } });
    const report = await shop(
      store,
      `--mix buy=1 --verify --n-repeats 30 --retry 0 --resolve ${how} --threshold errors<50`,
    );
    const unknown = report.proof?.unknown ?? 0;
    expect(unknown).toBeGreaterThan(10);
    expect((report.proof?.happened ?? 0) + (report.proof?.didNotHappen ?? 0)).toBe(unknown);
    expect(report.proof?.verified).toBe(store.orders.length);
    expect(report).toMatchObject({ findingsCount: 0, exitStatus: 0 });
  });

  test("that does not recover within the retry time leaves errors by kind: status 2", async () => {
    const interrupt = (request: Request) => (request.method === "POST" ? new Response("", { status: 503 }) : undefined);
    await using store = startFakeStore({ lies: { interrupt } });
    const report = await shop(store, "--retry 0 --p 1 --n-repeats 2 --n-threads 3");
    expect(report.errors).toEqual({ "buy: HTTP 503": 6 });
    expect(report).toMatchObject({ exitStatus: 2, proof: { unknown: 6, didNotHappen: 6 } });
  });

  test("that talks nonsense leaves errors at once", async () => {
    const interrupt = (request: Request) => (request.method === "POST" ? Response.json({ data: {} }) : undefined);
    await using store = startFakeStore({ lies: { interrupt } });
    const report = await shop(store, "--p 1 --n-repeats 1 --n-threads 3");
    expect(report.errors).toEqual({ "buy: malformed reply": 3 });
  });

  test("that never answers a look is given up after the timeout", async () => {
    const silent = (request: Request) =>
      request.url.includes("/products/") ? (new Promise<Response>(() => undefined) as unknown as Response) : undefined;
    await using store = startFakeStore({ lies: { interrupt: silent } });
    const report = await shop(store, "--run-type query --timeout 1ms --retry 0 --n-repeats 1");
    expect(report.errors).toEqual({ "query: timed out": 1 });
  });

  test("that is not there at all: status 4", async () => {
    const store = startFakeStore();
    await store[Symbol.asyncDispose]();
    expect(await shop(store)).toMatchObject({ end: "unreachable", exitStatus: 4 });
  });

  test("an interrupted run reports what it has, with status 130 while orders are not proved", async () => {
    await using store = startFakeStore();
    const report = await shop(store, "--n-repeats 1000000 --p 1", { interrupted: () => store.orders.length >= 10 });
    // What was not looked at is no evidence of anything.
    expect(report).toMatchObject({ end: "interrupted", findingsCount: 0, exitStatus: 130 });
    expect(report.orders.acknowledged).toBeGreaterThanOrEqual(10);
  });
});

describe("thresholds", () => {
  test("that are missed end with status 2, that are kept with 0", async () => {
    await using store = startFakeStore();
    expect(await shop(store, "--threshold query.p50<0.001us")).toMatchObject({ exitStatus: 2 });
    const kept = await shop(store, "--threshold query.p99<10s --threshold errors<=0% --threshold rate>0/s");
    expect(kept.thresholds.map((at) => at.kept)).toEqual([true, true, true]);
    expect(kept.exitStatus).toBe(0);
  });
});
