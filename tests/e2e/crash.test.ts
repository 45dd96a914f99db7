import { expect, test } from "bun:test";
import { findLeader, waitForLeader } from "../harness/leader.ts";
import { Load } from "./load.ts";
import { buySome, openStore, plenty, startLoad, toys } from "./opening.ts";
import { Shopper } from "./shopper.ts";
import { awaitSameLogs, expectSound } from "./soundness.ts";

const timeoutMs = 120_000;

/**
 * What the crash of a process may cost a client that repeats as the contract
 * says. (An order replica costs nothing: see failover.test.ts.)
 */
const allowed = {
  /** Its own connections. */
  frontEnd: /: (connection lost|unreachable)$/,
  /** Certainly not executed, or outcome unknown; order look-ups go on. */
  catalog: /^(buy|query): HTTP 50[03]$/,
  everything: /: (connection lost|unreachable|HTTP 50[03])$/,
};

function expectOnly(load: Load, pattern: RegExp): void {
  expect([...load.troubles.keys()].filter((trouble) => !pattern.test(trouble))).toEqual([]);
  expect(load.violations).toEqual([]);
}

test(
  "P7: kill -9 of a front-end costs its own connections, and nothing is lost or bought twice",
  async () => {
    await using store = await openStore({ frontEnds: 2 });
    const [first, second] = store.frontEnds;
    if (first === undefined || second === undefined) throw new Error("two front-ends were asked for");
    const options = { stock: plenty, before: [] };
    await using its = new Load({ ...options, port: first.restPort, toys: toys.slice(0, 3) });
    await using others = new Load({ ...options, port: second.restPort, toys: toys.slice(3, 6) });
    await Promise.all([its.progress(100), others.progress(100)]);
    await first.process.kill();
    await others.progress(100);
    first.process.start();
    await Promise.all([its.progress(100), others.progress(100)]);
    const purchases = [...(await its.stop()), ...(await others.stop())];
    expectOnly(its, allowed.frontEnd);
    expect([...others.troubles]).toEqual([]);
    expect(others.violations).toEqual([]);
    await expectSound(store, purchases);
  },
  timeoutMs,
);

test(
  "P7: kill -9 and restart of the catalog, twice: 500 and 503 while it is down, nothing lost, doubled or resurrected",
  async () => {
    await using store = await openStore();
    await using load = startLoad(store);
    await load.progress(200);
    for (let turn = 0; turn < 2; turn++) {
      await store.catalog.restart();
      await load.progress(200);
    }
    const purchases = await load.stop();
    expectOnly(load, allowed.catalog);
    await expectSound(store, purchases);
  },
  timeoutMs,
);

test(
  "P7: without the catalog orders can be looked up, purchases are refused, and it all goes on afterwards",
  async () => {
    await using store = await openStore();
    using shopper = new Shopper(store.restPort);
    const key = crypto.randomUUID();
    const number = await shopper.buy("Tux", 1, key);
    await store.catalog.kill();
    expect((await shopper.get(`/orders/${number}`)).status).toBe(200);
    expect((await shopper.get("/orders/999999999")).status).toBe(404);
    const refused = await shopper.post("/orders", { name: "Tux", quantity: 1 });
    expect([500, 503]).toContain(refused.status);
    // What was bought before is known, whatever the catalog does.
    expect(await shopper.buy("Tux", 1, key)).toBe(number);
    store.catalog.start();
    await store.waitReady();
    const purchases = [{ number, name: "Tux", quantity: 1, key }];
    const later = crypto.randomUUID();
    purchases.push({ number: await shopper.buy("Tux", 1, later), name: "Tux", quantity: 1, key: later });
    const orders = await expectSound(store, purchases);
    expect(orders).toHaveLength(2);
  },
  timeoutMs,
);

test(
  "P7, P9: a catalog that is stopped for longer than a deadline, and goes on, loses, doubles and resurrects nothing",
  async () => {
    await using store = await openStore();
    await using load = startLoad(store);
    await load.progress(200);
    store.catalog.pause();
    using shopper = new Shopper(store.restPort);
    const order = { name: "Marbles", quantity: 1, key: crypto.randomUUID() };
    const refused = await shopper.post("/orders", { name: order.name, quantity: order.quantity }, order.key);
    expect([500, 503]).toContain(refused.status);
    store.catalog.resume();
    await load.progress(200);
    const last = { ...order, number: await buyInTheEnd(shopper, order.name, order.key) };
    const purchases = await load.stop();
    expectOnly(load, allowed.catalog);
    await expectSound(store, [...purchases, last]);
  },
  timeoutMs,
);

test(
  "P7: SIGTERM of the catalog, and of the front-end: each ends with status 0, and costs no more than a crash",
  async () => {
    await using store = await openStore();
    await using load = startLoad(store);
    await load.progress(100);
    for (const process of [store.catalog, store.frontEnds[0]?.process]) {
      expect(await process?.kill("SIGTERM")).toEqual({ status: 0, signal: undefined });
      process?.start();
      await load.progress(100);
    }
    const purchases = await load.stop();
    expectOnly(load, allowed.everything);
    await expectSound(store, purchases);
  },
  timeoutMs,
);

test(
  "P1: one replica alone sells nothing but shows the orders that it has; with a second one it goes on",
  async () => {
    await using store = await openStore();
    const purchases = await buySome(store, 20);
    await awaitSameLogs(store, 20);
    const leader = await waitForLeader(store);
    const others = store.orders.filter((replica) => replica !== store.order(leader));
    await Promise.all(others.map((replica) => replica.kill()));
    using shopper = new Shopper(store.restPort);
    for (const { number, name, quantity } of purchases.slice(0, 10)) {
      expect((await shopper.get(`/orders/${number}`)).json).toEqual({ data: { number, name, quantity } });
    }
    expect([500, 503]).toContain((await shopper.get("/orders/20")).status);
    const order = { name: "Tux", quantity: 1, key: crypto.randomUUID() };
    others[0]?.start();
    purchases.push({ ...order, number: await buyInTheEnd(shopper, order.name, order.key) });
    others[1]?.start();
    await expectSound(store, purchases);
  },
  timeoutMs,
);

test(
  "P1, P2, P3: kill -9 of all five at once, twice: every acknowledged order is there, and the stock is right",
  async () => {
    await using store = await openStore();
    await using load = startLoad(store);
    for (let turn = 0; turn < 2; turn++) {
      await load.progress(200);
      await store.killAll();
      expect(await findLeader(store)).toBeUndefined();
      store.startAll();
      await waitForLeader(store);
    }
    await load.progress(200);
    const purchases = await load.stop();
    expectOnly(load, allowed.everything);
    await expectSound(store, purchases);
  },
  timeoutMs,
);

test(
  "P3: toys that sell out are restocked, and every piece is accounted for through kill -9 of catalog and leader",
  async () => {
    await using store = await openStore({ quantity: 3, env: { RESTOCK_INTERVAL: "200", RESTOCK_QUANTITY: "7" } });
    using shopper = new Shopper(store.restPort);
    const purchases = [];
    for (let bought = 0; bought < 40; ) {
      if (bought === 10) await store.catalog.restart();
      if (bought === 20) await store.order(await waitForLeader(store)).restart();
      const order = { name: "Tux", quantity: 1, key: crypto.randomUUID() };
      const number = await buyInTheEnd(shopper, order.name, order.key);
      purchases.push({ ...order, number });
      bought++;
    }
    await expectSound(store, purchases);
  },
  timeoutMs,
);

/** Repeats, with one key, through 500, 503 and out of stock. */
async function buyInTheEnd(shopper: Shopper, name: string, key: string): Promise<number> {
  for (;;) {
    const { status, json } = await shopper.post("/orders", { name, quantity: 1 }, key);
    expect([200, 500, 503]).toContain(status);
    const number = (json as { data?: { order_number: number } }).data?.order_number ?? -1;
    if (number >= 0) return number;
    await Bun.sleep(25);
  }
}
