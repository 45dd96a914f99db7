import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { findLeader, waitForLeader } from "./leader.ts";
import { prepareStore, startStore } from "./store.ts";

async function buyTux(url: string): Promise<unknown> {
  const reply = await fetch(`${url}/orders`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"name":"Tux","quantity":1}',
  });
  return reply.json();
}

test("a store of a test has any number of front-ends, can lose its leader, and leaves nothing behind", async () => {
  const store = await startStore({ frontEnds: 2, quantity: 5 });
  const [first, second] = store.frontEnds.map(({ url }) => url);
  expect(await buyTux(first ?? "")).toEqual({ data: { order_number: 0 } });

  const leader = await waitForLeader(store);
  await store.order(leader).kill();
  const next = await waitForLeader(store, leader);
  expect([1, 2, 3]).toContain(next);
  expect(next).not.toBe(leader);
  expect(await buyTux(second ?? "")).toEqual({ data: { order_number: 1 } });

  store.startAll();
  await store.waitReady();
  const reply = await fetch(`${first}/products/Tux`);
  expect(await reply.json()).toEqual({ data: { name: "Tux", price: 15.99, quantity: 3 } });

  const files = [store.catalogFile, store.logFile(1), store.folder];
  expect(files.map((file) => existsSync(file))).toEqual([true, true, true]);
  const pids = store.processes.map(({ pid }) => pid);
  await store.stopAll();
  await store.stopAll();
  expect(files.map((file) => existsSync(file))).toEqual([false, false, false]);
  for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  await new Promise<void>((resolve) => {
    const server = createServer().listen(store.restPort, "127.0.0.1", () => server.close(() => resolve()));
  });
}, 60_000);

test("a store that cannot start says so with its processes' last words, at once", async () => {
  await using store = await prepareStore({ env: { RESTOCK_INTERVAL: "soon" } });
  expect(await findLeader(store)).toBeUndefined();
  store.startAll();
  const outcome = await store.waitReady().catch((error: unknown) => String(error));
  expect(outcome).toContain("catalog ended at its start");
  expect(outcome).toContain('RESTOCK_INTERVAL="soon" is not usable');
}, 60_000);
