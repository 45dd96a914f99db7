import { readFileSync } from "node:fs";
import { TcpConnection } from "../../../services/client/connection.ts";
import { systemClock } from "../../../services/lib/clock.ts";
import { eventually } from "../../e2e/eventually.ts";
import { type CatalogState, readCatalogCsv, readCatalogFiles } from "../../e2e/files/catalog-files.ts";
import { type LoggedOrder, readOrderLog } from "../../e2e/files/order-log.ts";
import type { Counter, Purchase } from "../load/load.ts";
import { fromHttp, toHttp } from "../load/requests.ts";
import type { FaultStore } from "../store/fault-store.ts";

const ids = [1, 2, 3];

/** A store at rest, as its files say. */
export interface Rest {
  readonly orders: readonly LoggedOrder[];
  readonly catalog: CatalogState;
  /** The lines of the log, without the header. */
  readonly lines: readonly string[];
}

/**
 * Waits until nothing is under way: the three logs are byte-identical, every
 * order is settled, catalog.csv and all front-ends say what is not sold.
 */
export async function awaitRest(store: FaultStore): Promise<Rest> {
  let rest: Rest | undefined;
  await eventually("the store is at rest", async () => {
    const [first, ...others] = ids.map((id) => readFileSync(store.logFile(id)));
    if (first === undefined || !others.every((log) => log.equals(first))) return `the logs differ\n${store.describe()}`;
    const orders = readOrderLog(store.logFile(1));
    const catalog = readCatalogFiles(store.catalogFile);
    const csv = readCatalogCsv(store.catalogFile);
    if (catalog.settledBelow !== orders.length)
      return `settled below ${catalog.settledBelow} of ${orders.length} orders`;
    for (const [name, { onHand }] of catalog.products) {
      if (csv.get(name) !== onHand) return `catalog.csv has ${csv.get(name)} ${name}, ${onHand} on hand`;
    }
    for (const counter of store.counters) {
      const problem = await stillSetAside(counter, catalog);
      if (problem !== undefined) return problem;
    }
    const lines = first.toString().split("\n").slice(1, -1);
    rest = { orders, catalog, lines };
    return undefined;
  });
  if (rest === undefined) throw new Error("no rest");
  return rest;
}

/** What is set aside for orders under way no file says: clients are shown so much less. */
async function stillSetAside(counter: Counter, { products }: CatalogState): Promise<string | undefined> {
  const { name: front, host, port } = counter;
  const connection = new TcpConnection({ host, port, timeoutMs: 5_000 }, systemClock);
  const watch = setInterval(() => connection.expire(), 500);
  try {
    for (const [product, { onHand }] of products) {
      const request = { type: "read", product } as const;
      const { answer } = fromHttp(request, await connection.send(toHttp(request)));
      const isShown = answer.type === "stock" && answer.quantity === onHand;
      if (!isShown) return `${front} says ${JSON.stringify(answer)} of ${product}, ${onHand} are not sold`;
    }
    return undefined;
  } finally {
    clearInterval(watch);
    connection.close();
  }
}

/**
 * What the files say against the promises: stock that is oversold or not what the
 * orders left (P3), a key that was ordered twice (P4), an acknowledged order that
 * is lost or changed (P1). Positions and numbers without gaps (P2), checksums
 * and settlements are looked after by the readers of the files.
 */
export function checkFiles({ orders, catalog }: Rest, purchases: readonly Purchase[]): string[] {
  const complaints: string[] = [];
  const sold = new Map<string, number>();
  const keys = new Map<string, number>();
  for (const { number, name, quantity, key } of orders) {
    sold.set(name, (sold.get(name) ?? 0) + quantity);
    if (keys.has(key)) complaints.push(`orders ${keys.get(key)} and ${number} have the key ${key}`);
    keys.set(key, number);
  }
  for (const [name, { onHand, sold: booked }] of catalog.products) {
    if (onHand < 0) complaints.push(`${-onHand} ${name} were sold that were not there`);
    if (booked !== (sold.get(name) ?? 0))
      complaints.push(`${booked} ${name} booked as sold, ${sold.get(name)} ordered`);
  }
  for (const { number, product, quantity, key } of purchases) {
    const order = orders[number];
    if (order?.name !== product || order.quantity !== quantity || order.key !== key) {
      complaints.push(
        `order ${number} was acknowledged for ${quantity} ${product}, ${key}; now ${JSON.stringify(order)}`,
      );
    }
  }
  return complaints;
}
