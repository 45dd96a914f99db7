import { expect, test } from "bun:test";
import { waitForLeader } from "../harness/leader.ts";
import { TestProcess } from "../harness/process.ts";
import type { TestStore } from "../harness/store.ts";
import { startStore } from "../harness/store.ts";
import { eventually } from "./eventually.ts";
import { readCatalogCsv } from "./files/catalog-files.ts";
import { readOrderLog } from "./files/order-log.ts";
import { openStore } from "./opening.ts";
import { Shopper } from "./shopper.ts";
import { awaitSameLogs } from "./soundness.ts";

const timeoutMs = 120_000;

/** bin/client against the store; it repeats nothing that fails. */
function makeClient(store: TestStore, repeats: number): TestProcess {
  const options = {
    "--n_repeats": repeats,
    "--n_threads": 5,
    "--p": 0.8,
    "--retry": 0,
    "--front_port": store.restPort,
  };
  const words = Object.entries(options).flatMap(([name, value]) => [name, `${value}`]);
  const file = "services/client/main.ts";
  return new TestProcess({ name: "client", file, arguments: [...words, "--catalog", store.catalogFile], env: {} });
}

function countOrders(client: TestProcess): number {
  const line = client.lines.find((text) => / orders, .* refused/.test(text)) ?? "";
  return Number(/^\d+/.exec(line)?.[0]);
}

/** The client found nothing wrong, and the stock fell by exactly what it bought. */
async function expectAllWell(store: TestStore, client: TestProcess, stockBefore: number): Promise<void> {
  expect([await client.ended(), client.tail()]).toEqual([{ status: 0, signal: undefined }, client.tail()]);
  const bought = countOrders(client);
  expect(client.tail()).toContain(`verified: ${bought} of ${bought} orders`);
  expect(client.lines.at(-1)).toBe("0 errors, 0 mismatches");
  await awaitSameLogs(store, bought);
  expect(readOrderLog(store.logFile(1))).toHaveLength(bought);
  await eventually("catalog.csv shows what was sold", () => {
    const fell = stockBefore - stockOf(store);
    return fell === bought ? undefined : `the stock fell by ${fell}, ${bought} were bought`;
  });
}

function stockOf(store: TestStore): number {
  return [...readCatalogCsv(store.catalogFile).values()].reduce((sum, quantity) => sum + quantity, 0);
}

test(
  "P1, P4: bin/client buys, reads every order back, and finds nothing wrong",
  async () => {
    await using store = await startStore();
    const stockBefore = stockOf(store);
    await using client = makeClient(store, 200);
    client.start();
    await expectAllWell(store, client, stockBefore);
  },
  timeoutMs,
);

test(
  "P6: bin/client notices nothing of kill -9 of the leader, its restart, and kill -9 of the next leader",
  async () => {
    await using store = await openStore();
    const stockBefore = stockOf(store);
    await using client = makeClient(store, 600);
    client.start();
    using shopper = new Shopper(store.restPort);
    const sold = (number: number): Promise<void> =>
      eventually(`order ${number}`, async () => {
        const { status } = await shopper.get(`/orders/${number}`);
        return status === 200 ? undefined : `${status}`;
      });
    await sold(100);
    const first = await waitForLeader(store);
    await store.order(first).kill();
    const second = await waitForLeader(store, first);
    await store.order(first).restart();
    await sold(500);
    expect(client.isRunning).toBeTrue();
    await store.order(second).kill();
    await waitForLeader(store, second);
    store.order(second).start();
    await expectAllWell(store, client, stockBefore);
  },
  timeoutMs,
);
