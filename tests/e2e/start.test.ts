import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { TestProcess } from "../harness/process.ts";
import { prepareStore } from "../harness/store.ts";
import { openStore } from "./opening.ts";
import { Shopper } from "./shopper.ts";
import { awaitSameLogs } from "./soundness.ts";

const timeoutMs = 60_000;
const tux = { name: "Tux", quantity: 1 };

describe("the processes may start in any order:", () => {
  test(
    "replicas before the catalog",
    async () => {
      await using store = await prepareStore();
      for (const replica of store.orders) replica.start();
      await Promise.all(store.orders.map((replica) => replica.line(/started/)));
      for (const { process } of store.frontEnds) process.start();
      using shopper = new Shopper(store.restPort);
      await store.frontEnds[0]?.process.line(/front-end listening/);
      expect([500, 503]).toContain((await shopper.post("/orders", tux)).status);
      store.startAll();
      await store.waitReady();
      expect(await shopper.buy("Tux")).toBeGreaterThanOrEqual(0);
    },
    timeoutMs,
  );

  test(
    "the front-end before the order replicas, for which it waits",
    async () => {
      await using store = await prepareStore();
      for (const { process } of store.frontEnds) process.start();
      await store.frontEnds[0]?.process.line(/front-end listening/);
      using shopper = new Shopper(store.restPort);
      expect((await fetch(`${store.url}/readyz`)).status).toBe(503);
      expect((await shopper.get("/orders/0")).status).toBe(503);
      store.startAll();
      await store.waitReady();
      expect(await shopper.buy("Tux")).toBe(0);
    },
    timeoutMs,
  );

  test(
    "a new store is founded when all three replicas are there; later any two are enough",
    async () => {
      await using store = await prepareStore();
      const third = store.order(3);
      const startOthers = (): void => {
        for (const process of store.processes) if (process !== third) process.start();
      };
      startOthers();
      await store.frontEnds[0]?.process.line(/front-end listening/);
      using shopper = new Shopper(store.restPort);
      expect((await shopper.post("/orders", tux)).status).toBe(503);
      third.start();
      await store.waitReady();
      expect(await shopper.buy("Tux")).toBe(0);
      await store.killAll();
      startOthers();
      await store.waitReady();
      using again = new Shopper(store.restPort);
      for (let number = 1; number < 5; number++) expect(await again.buy("Tux")).toBe(number);
      third.start();
      await awaitSameLogs(store, 5);
    },
    timeoutMs,
  );
});

test(
  "a front-end that finds no order replica ends with status 1 and says which addresses it tried",
  async () => {
    await using store = await prepareStore({ env: { START_TIMEOUT: "500" } });
    const [frontEnd] = store.frontEnds;
    frontEnd?.process.start();
    expect(await frontEnd?.process.ended()).toEqual({ status: 1, signal: undefined });
    for (const port of store.orderPorts) expect(frontEnd?.process.tail()).toContain(`127.0.0.1:${port}`);
  },
  timeoutMs,
);

test(
  "a second process on taken files or ports ends with status 1, says which variable moves them, and harms nothing",
  async () => {
    await using store = await openStore();
    const elsewhere = join(store.folder, "elsewhere.csv");
    const [catalog, order, frontEnd] = [store.catalog, store.order(2), store.frontEnds[0]?.process];
    if (frontEnd === undefined) throw new Error("a store has a front-end");
    const twins = [
      { process: catalog, env: {}, said: ["in use by another process", "CATALOG_FILE"] },
      { process: catalog, env: { CATALOG_FILE: elsewhere }, said: [`${store.catalogPort}`, "CATALOG_PORT"] },
      { process: order, env: {}, said: ["in use by another process", "ORDER_LOG_FILE"] },
      { process: order, env: { ORDER_LOG_FILE: elsewhere }, said: [`${store.orderPorts[1]}`, "ORDER_PORT_2"] },
      { process: frontEnd, env: {}, said: ["is taken", "FRONT_PORT"] },
    ];
    for (const { process, env, said } of twins) {
      await using twin = new TestProcess({ ...process.options, env: { ...process.options.env, ...env } });
      twin.start();
      expect(await twin.ended()).toEqual({ status: 1, signal: undefined });
      expect(twin.lines).toHaveLength(1);
      for (const word of said) expect(twin.tail()).toContain(word);
    }
    using shopper = new Shopper(store.restPort);
    expect(await shopper.buy("Tux")).toBe(0);
  },
  timeoutMs,
);
