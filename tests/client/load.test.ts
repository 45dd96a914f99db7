import { describe, expect, test } from "bun:test";
import type { Arguments } from "../../services/client/arguments.ts";
import { type LoadResult, type LoadWorld, runLoad } from "../../services/client/load.ts";
import { exitStatus } from "../../services/client/report.ts";
import { systemClock } from "../../services/lib/clock.ts";
import { seededRandom } from "../../services/lib/random.ts";
import { type FakeStore, startFakeStore } from "./fake-store.ts";

const usual: Arguments = {
  frontHost: "127.0.0.1",
  frontPort: 0,
  repeats: 20,
  threads: 3,
  buyProbability: 0.8,
  runType: "session_check",
  catalogFile: undefined,
  retryMs: 10_000,
  timeoutMs: 10_000,
  exclusive: false,
};

async function shop(store: FakeStore, changed: Partial<Arguments> = {}, world: Partial<LoadWorld> = {}) {
  const wanted = { ...usual, frontPort: store.port, ...changed };
  const result: LoadResult = await runLoad(wanted, ["Tux", "Whale", "Lego"], {
    clock: systemClock,
    random: seededRandom(1),
    pause: () => Promise.resolve(),
    makeKey: () => crypto.randomUUID(),
    interrupted: () => false,
    ...world,
  });
  return { ...result, status: exitStatus(wanted, result) };
}

describe("shopping at an honest store", () => {
  test("every order is bought once and read back", async () => {
    await using store = startFakeStore();
    const { measurements, status, end } = await shop(store);
    expect(end).toBe("complete");
    expect(measurements.requests.query.latency.totalCount).toBe(60);
    expect(measurements.orders.size).toBe(store.orders.length);
    expect(measurements.verified).toBe(store.orders.length);
    expect(store.orders.length).toBeGreaterThan(20);
    expect(new Set(store.keys).size).toBe(store.orders.length);
    expect(status).toBe(0);
  });

  test("run type query buys nothing, session reads nothing back", async () => {
    await using store = startFakeStore();
    const looked = await shop(store, { runType: "query" });
    expect([store.orders.length, looked.status]).toEqual([0, 0]);
    const bought = await shop(store, { runType: "session", buyProbability: 1 });
    expect(bought.measurements.orders.size).toBe(60);
    expect(bought.measurements.requests.check.latency.totalCount).toBe(0);
    expect(bought.status).toBe(0);
  });

  test("what is shown as out of stock is not bought, and a refusal is no error", async () => {
    await using store = startFakeStore({ stock: 2, lies: { showQuantity: (_, quantity) => Math.max(quantity, 1) } });
    const { measurements, status } = await shop(store, { buyProbability: 1 });
    expect(measurements.orders.size).toBe(6);
    expect(measurements.outOfStock).toBe(54);
    expect(status).toBe(0);
    await using empty = startFakeStore({ stock: 0 });
    expect((await shop(empty, { buyProbability: 1 })).measurements.requests.buy.latency.totalCount).toBe(0);
  });

  test("the only buyer sees what its purchases leave", async () => {
    await using store = startFakeStore({ stock: 4 });
    const { measurements, status } = await shop(store, { threads: 1, exclusive: true, buyProbability: 1 });
    expect(measurements.orders.size).toBe(12);
    expect(status).toBe(0);
  });
});

describe("a store that lies ends with status 3 and the evidence", () => {
  test("a lost order", async () => {
    await using store = startFakeStore({ lies: { showOrder: (order) => (order.number === 5 ? undefined : order) } });
    const { measurements, status } = await shop(store);
    expect(measurements.findings).toMatchObject([{ type: "lost", order: { number: 5 } }]);
    expect(status).toBe(3);
  });

  test("a changed quantity, and a changed name", async () => {
    const change = (order: { number: number; name: string; quantity: number }) => {
      if (order.number === 2) return { ...order, quantity: 2 };
      return order.number === 3 ? { ...order, name: "Brick" } : order;
    };
    await using store = startFakeStore({ lies: { showOrder: change } });
    const { measurements, status } = await shop(store);
    expect(measurements.findings).toMatchObject([
      { type: "changed", order: { number: 2, quantity: 1 }, shown: { quantity: 2 } },
      { type: "changed", order: { number: 3 }, shown: { name: "Brick" } },
    ]);
    expect(status).toBe(3);
  });

  test("one number for two purchases", async () => {
    await using store = startFakeStore({ lies: { giveNumber: (number) => (number === 7 ? 6 : number) } });
    const { measurements, status } = await shop(store);
    expect(measurements.findings).toMatchObject([{ type: "duplicate", first: { number: 6 }, second: { number: 6 } }]);
    expect(status).toBe(3);
  });

  test("stock that does not show the shopper's own purchase", async () => {
    await using store = startFakeStore({ lies: { showQuantity: () => 100 } });
    const { measurements, status } = await shop(store, { threads: 1, exclusive: true });
    expect(measurements.findings[0]).toMatchObject({ type: "stale stock", expected: 99, shown: 100 });
    expect(status).toBe(3);
  });

  test("a reply about another product", async () => {
    const other = () => Response.json({ data: { name: "Slinky", price: 1, quantity: 1 } });
    await using store = startFakeStore({ lies: { interrupt: (_, attempt) => (attempt === 0 ? other() : undefined) } });
    const { measurements, status } = await shop(store);
    expect(measurements.findings).toMatchObject([{ type: "wrong product", shown: "Slinky" }]);
    expect(status).toBe(3);
  });
});

describe("a store that stumbles", () => {
  test.each([500, 503])("is asked again after a %d, with the same key", async (status) => {
    const failed = new Set<string>();
    const interrupt = (request: Request) => {
      const what = `${request.url} ${request.headers.get("idempotency-key") ?? ""}`;
      return failed.size === failed.add(what).size ? undefined : new Response("", { status });
    };
    await using store = startFakeStore({ lies: { interrupt } });
    const result = await shop(store, { buyProbability: 1 });
    const { requests, orders } = result.measurements;
    expect([requests.buy.retries, requests.check.retries]).toEqual([60, 60]);
    expect([store.keys.length, new Set(store.keys).size]).toEqual([120, 60]);
    expect([store.orders.length, orders.size, result.status]).toEqual([60, 60, 0]);
  });

  test("loses no order and makes none twice when connections break after the purchase", async () => {
    await using store = startFakeStore();
    await using proxy = startBreakingProxy(store.port);
    const result = await shop(store, { frontPort: proxy.port, buyProbability: 1 });
    expect(result.measurements.requests.buy.retries).toBeGreaterThan(0);
    expect([store.orders.length, result.measurements.orders.size, result.status]).toEqual([60, 60, 0]);
  });

  test("that does not recover within the retry time leaves errors by kind: status 2", async () => {
    const interrupt = (request: Request) => (request.method === "POST" ? new Response("", { status: 503 }) : undefined);
    await using store = startFakeStore({ lies: { interrupt } });
    const result = await shop(store, { retryMs: 0, buyProbability: 1, repeats: 2 });
    expect([...result.measurements.errorsByKind]).toEqual([["buy: HTTP 503", 6]]);
    expect(result.status).toBe(2);
  });

  test("that talks nonsense leaves errors at once", async () => {
    const interrupt = (request: Request) => (request.method === "POST" ? Response.json({ data: {} }) : undefined);
    await using store = startFakeStore({ lies: { interrupt } });
    const result = await shop(store, { buyProbability: 1, repeats: 1 });
    expect([...result.measurements.errorsByKind]).toEqual([["buy: malformed reply", 3]]);
  });

  test("that never answers is given up after the timeout", async () => {
    const silent = () => new Promise<Response>(() => undefined) as unknown as Response;
    await using store = startFakeStore({ lies: { interrupt: silent } });
    const result = await shop(store, { timeoutMs: 1, retryMs: 0, threads: 1, repeats: 1 });
    expect([...result.measurements.errorsByKind]).toEqual([["query: timed out", 1]]);
  });

  test("that is not there at all: status 4", async () => {
    const store = startFakeStore();
    await store[Symbol.asyncDispose]();
    const result = await shop(store);
    expect([result.end, result.status]).toEqual(["unreachable", 4]);
  });

  test("an interrupted run reports what it has, with status 130 while orders are not verified", async () => {
    await using store = startFakeStore();
    const result = await shop(store, { buyProbability: 1 }, { interrupted: () => store.orders.length >= 10 });
    expect(result.end).toBe("interrupted");
    expect(result.measurements.orders.size).toBeLessThan(20);
    expect(result.status).toBe(130);
  });
});

/** Passes bytes on, and breaks each connection when its fifth reply comes back. */
function startBreakingProxy(target: number): AsyncDisposable & { port: number } {
  type Leg = { other: Promise<import("bun").Socket<Leg>>; replies: number };
  const listener = Bun.listen<Leg>({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open(client) {
        const other = Bun.connect<Leg>({
          hostname: "127.0.0.1",
          port: target,
          data: { other: Promise.resolve(client), replies: 0 },
          socket: {
            data(server, bytes) {
              if (++server.data.replies % 5 === 0) client.terminate();
              else client.write(bytes);
            },
            close: () => client.terminate(),
          },
        });
        client.data = { other, replies: 0 };
      },
      async data(client, bytes) {
        (await client.data.other).write(bytes);
      },
      async close(client) {
        (await client.data.other).terminate();
      },
    },
  });
  return {
    port: listener.port,
    [Symbol.asyncDispose]: async () => {
      listener.stop(true);
    },
  };
}
