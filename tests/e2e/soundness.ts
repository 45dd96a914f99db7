import { expect } from "bun:test";
import { readFileSync } from "node:fs";
import type { TestStore } from "../harness/store.ts";
import { eventually } from "./eventually.ts";
import { type CatalogState, readCatalogCsv, readCatalogFiles } from "./files/catalog-files.ts";
import { type LoggedOrder, readOrderLog } from "./files/order-log.ts";
import type { Purchase } from "./load.ts";
import { Shopper } from "./shopper.ts";

const replicaIds = [1, 2, 3];

/**
 * Waits until the store has come to rest, then holds its promises against its
 * files (P1 to P4) and against what REST shows. `purchases`: every order that
 * was ever acknowledged, and no other may have been made.
 */
export async function expectSound(store: TestStore, purchases: readonly Purchase[]): Promise<LoggedOrder[]> {
  expectNoneBroken(store);
  await awaitSameLogs(store, purchases.length);
  const orders = readOrderLog(store.logFile(1));
  expectAcknowledged(orders, purchases);
  await eventually("the catalog has settled every order", () => unsettled(store, orders.length));
  expectBooked(readCatalogFiles(store.catalogFile), orders);
  await eventually("REST and catalog.csv show what is not sold", () => misshown(store));
  return orders;
}

/** Resolves when the three log files are byte-identical and hold at least so many orders. */
export async function awaitSameLogs(store: TestStore, ordersMin: number): Promise<void> {
  await eventually("the three logs are byte-identical", () => {
    const [first, ...others] = replicaIds.map((id) => readFileSync(store.logFile(id)));
    if (first === undefined || !others.every((log) => log.equals(first))) return describeLogs(store);
    const { length } = readOrderLog(store.logFile(1));
    return length >= ordersMin ? undefined : `${length} orders in the logs, ${ordersMin} were acknowledged`;
  });
}

/** A process that finds itself broken ends, and the others may well hide it. */
function expectNoneBroken(store: TestStore): void {
  expect(store.processes.filter(({ isRunning }) => !isRunning).map(({ name }) => `${name} ended`)).toEqual([]);
  const lastWords = store.processes.flatMap(({ lines }) => lines.filter((line) => line.startsWith('{"level":60')));
  expect(lastWords).toEqual([]);
}

/** Nothing lost or changed, nothing twice, nothing that nobody bought. Numbers without gaps: readOrderLog sees to it. */
function expectAcknowledged(orders: readonly LoggedOrder[], purchases: readonly Purchase[]): void {
  const wanted = new Map(purchases.map(({ number, name, quantity, key }) => [number, { number, name, quantity, key }]));
  const missing = purchases.filter(({ number }) => orders[number] === undefined);
  expect(missing).toEqual([]);
  const wrong = orders.filter(({ number, name, quantity, key }) => {
    const purchase = wanted.get(number);
    return purchase?.name !== name || purchase.quantity !== quantity || `c:${purchase.key}` !== key;
  });
  expect(wrong).toEqual([]);
  expect(new Set(orders.map(({ key }) => key)).size).toBe(orders.length);
}

function unsettled(store: TestStore, ordersCount: number): string | undefined {
  const { settledBelow } = readCatalogFiles(store.catalogFile);
  return settledBelow === ordersCount ? undefined : `${settledBelow} of ${ordersCount} orders settled`;
}

/** P3, once settled: what the orders took is booked as sold, and was there. */
function expectBooked({ products }: CatalogState, orders: readonly LoggedOrder[]): void {
  const sold = new Map<string, number>();
  for (const { name, quantity } of orders) sold.set(name, (sold.get(name) ?? 0) + quantity);
  const broken = [...products].filter(([name, totals]) => totals.onHand < 0 || totals.sold !== (sold.get(name) ?? 0));
  expect(broken).toEqual([]);
  expect([...sold.keys()].filter((name) => !products.has(name))).toEqual([]);
}

/** What REST shows less is still set aside, though no order is under way. */
async function misshown(store: TestStore): Promise<string | undefined> {
  const { products } = readCatalogFiles(store.catalogFile);
  const csv = readCatalogCsv(store.catalogFile);
  for (const { restPort, process } of store.frontEnds) {
    using shopper = new Shopper(restPort);
    for (const [name, { onHand }] of products) {
      const shown = await shopper.quantity(name);
      if (shown !== onHand) return `${process.name} shows ${shown} ${name}, ${onHand} on hand`;
      if (csv.get(name) !== onHand) return `catalog.csv has ${csv.get(name)} ${name}, ${onHand} on hand`;
    }
  }
  return undefined;
}

function describeLogs(store: TestStore): string {
  const logs = replicaIds.map((id) => {
    const text = readFileSync(store.logFile(id), "utf8");
    return `log ${id}: ${text.length} bytes, ends with ${JSON.stringify(text.slice(-100))}`;
  });
  return `${logs.join("\n")}\n${store.describe()}`;
}
