import { afterAll, beforeAll, expect, test } from "bun:test";
import type { TestStore } from "../harness/store.ts";
import { readOrderLog } from "./files/order-log.ts";
import { openStore, plenty } from "./opening.ts";
import { Shopper, TwoShoppers } from "./shopper.ts";
import { awaitSameLogs } from "./soundness.ts";

const timeoutMs = 60_000;
const tux = { name: "Tux", quantity: 1 };
let store: TestStore;

beforeAll(async () => {
  store = await openStore({ frontEnds: 2 });
}, timeoutMs);

afterAll(async () => {
  await store.stopAll();
});

test("P4: a repeated purchase gets the original order, through any front-end, and comes back with its key", async () => {
  using shoppers = new TwoShoppers(store.frontEnds);
  const { here, there } = shoppers;
  const number = await here.buy("Tux", 1, "mine");
  for (const shopper of [here, there, here]) {
    const { status, headers, json } = await shopper.post("/orders", tux, "mine");
    expect([status, json, headers["idempotency-key"]]).toEqual([200, { data: { order_number: number } }, "mine"]);
  }
});

test("P9: the same key with another body is 409 and buys nothing", async () => {
  using shopper = new Shopper(store.restPort);
  const number = await shopper.buy("Whale", 1, "whale");
  const before = await shopper.quantity("Whale");
  for (const body of [{ name: "Whale", quantity: 2 }, tux]) {
    const { status, headers } = await shopper.post("/orders", body, "whale");
    expect([status, headers["idempotency-key"]]).toEqual([409, "whale"]);
  }
  expect(await shopper.quantity("Whale")).toBe(before);
  expect((await shopper.get("/orders?key=whale")).json).toEqual({ data: { number, name: "Whale", quantity: 1 } });
});

test("P4, P9: a purchase without a key gets one, which repeats it through any front-end and finds the order", async () => {
  using shoppers = new TwoShoppers(store.frontEnds);
  const { here, there } = shoppers;
  const first = await here.post("/orders", tux);
  const key = first.headers["idempotency-key"] ?? "";
  expect(key).not.toBe("");
  for (const shopper of [here, there]) {
    expect((await shopper.post("/orders", tux, key)).json).toEqual(first.json);
    const { data } = first.json as { data: { order_number: number } };
    expect((await shopper.get(`/orders?key=${key}`)).json).toEqual({ data: { number: data.order_number, ...tux } });
  }
  const second = await here.post("/orders", tux);
  expect(second.headers["idempotency-key"]).not.toBe(key);
  expect(second.json).not.toEqual(first.json);
});

test("P4: 20 concurrent requests with one key, at two front-ends, get one order", async () => {
  using crowd = new DisposableStack();
  const pairs = Array.from({ length: 10 }, () => crowd.use(new TwoShoppers(store.frontEnds)));
  using shopper = new Shopper(store.restPort);
  const before = await shopper.quantity("Elephant");
  const purchases = pairs.flatMap(({ here, there }) => [here, there]).map((each) => each.buy("Elephant", 3, "crowd"));
  expect(new Set(await Promise.all(purchases)).size).toBe(1);
  expect(await shopper.quantity("Elephant")).toBe(before - 3);
});

test("P4: a refusal is not remembered: the same key buys later", async () => {
  using shopper = new Shopper(store.restPort);
  expect(await shopper.buy("Lego", plenty + 1, "greedy")).toBe(-1);
  expect((await shopper.get("/orders?key=greedy")).status).toBe(404);
  expect(await shopper.buy("Lego", 1, "greedy")).toBeGreaterThanOrEqual(0);
});

test("P4: no key is in the log twice", async () => {
  await awaitSameLogs(store, 1);
  const keys = readOrderLog(store.logFile(1)).map(({ key }) => key);
  expect(new Set(keys).size).toBe(keys.length);
});
