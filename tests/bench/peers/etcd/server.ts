import { initialCatalog } from "../../../../services/catalog/initial.ts";
import { stockOfEach } from "../peer.ts";
import { type ShopOrder, type ShopProduct, serveShop } from "../shop-server.ts";
import { Gateway, type Versioned } from "./gateway.ts";

// An order is one transaction: it puts the stock, the next number and the order if
// neither of the first two has changed since. None can succeed before the one whose
// number precedes its own, so they go one after the other; what a transaction wrote
// is remembered, and the next need not read it.

/** What is kept of a product. */
type Stock = Omit<ShopProduct, "name">;

const counter = "next-order";
const etcd = new Gateway(process.env["DATABASE_URL"] ?? "");
const known = new Map<string, Versioned>();
let last: Promise<unknown> = Promise.resolve();

await etcd.commit({ unchanged: [], put: [{ key: counter, value: "0" }] });
for (const { name, priceCents } of initialCatalog()) {
  const stock: Stock = { price: priceCents / 100, quantity: stockOfEach };
  await etcd.commit({ unchanged: [], put: [{ key: stockKey(name), value: JSON.stringify(stock) }] });
}

serveShop({
  async product(name) {
    const found = await etcd.get(stockKey(name));
    return found === undefined ? undefined : { name, ...(JSON.parse(found.value) as Stock) };
  },
  buy(name, quantity) {
    const order = last.then(() => buyInTurn(name, quantity));
    last = Promise.allSettled([order]);
    return order;
  },
  async order(number) {
    const found = await etcd.get(orderKey(number));
    return found === undefined ? undefined : (JSON.parse(found.value) as ShopOrder);
  },
});

async function buyInTurn(name: string, quantity: number): Promise<number | undefined> {
  for (;;) {
    const next = await read(counter);
    const product = await read(stockKey(name));
    if (product === undefined || next === undefined) return undefined;
    const stock = JSON.parse(product.value) as Stock;
    // What is remembered may be old; a refusal is decided by what is there.
    if (stock.quantity < quantity && known.delete(stockKey(name))) continue;
    if (stock.quantity < quantity) return -1;
    const number = Number(next.value);
    const left = JSON.stringify({ ...stock, quantity: stock.quantity - quantity });
    if (await sell({ number, name, quantity }, next, { ...product, value: left })) return number;
    known.clear();
  }
}

/** False: somebody else has changed the stock or taken the number. */
async function sell(order: ShopOrder, next: Versioned, product: Versioned): Promise<boolean> {
  const key = stockKey(order.name);
  const revision = await etcd.commit({
    unchanged: [
      { key: counter, revision: next.revision },
      { key, revision: product.revision },
    ],
    put: [
      { key: counter, value: `${order.number + 1}` },
      { key, value: product.value },
      { key: orderKey(order.number), value: JSON.stringify(order) },
    ],
  });
  if (revision === undefined) return false;
  known.set(counter, { value: `${order.number + 1}`, revision });
  known.set(key, { value: product.value, revision });
  return true;
}

/** As it was last written or read by this server. */
async function read(key: string): Promise<Versioned | undefined> {
  const remembered = known.get(key);
  if (remembered !== undefined) return remembered;
  return etcd.get(key);
}

function stockKey(name: string): string {
  return `product/${name}`;
}

function orderKey(number: number): string {
  return `order/${number}`;
}
