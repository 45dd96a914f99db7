import { z } from "zod";
import { hotProduct } from "../work.ts";
import type { Peer } from "./peer.ts";

const productReply = z.object({ data: z.object({ name: z.string(), price: z.number(), quantity: z.number() }) });
const purchaseReply = z.object({ data: z.object({ order_number: z.number().int() }) });
const orderReply = z.object({ data: z.object({ number: z.number(), name: z.string(), quantity: z.number() }) });

/** Orders at once; enough to meet on one product. */
const orders = 20;
const pieces = 3;
const attemptsMax = 1000;
const tooMany = 2 ** 31 - 1;

/**
 * Is it what it is taken for? Orders that come together get numbers without gaps,
 * the stock goes down by what was sold, and only what is there is sold. Throws
 * with what it saw otherwise.
 */
export async function checkPeer(peer: Peer, url: string): Promise<void> {
  const before = await quantityOf(url);
  const first = await buy(url, pieces);
  const numbers = await Promise.all(Array.from({ length: orders }, () => buy(url, pieces)));
  const expected = Array.from({ length: orders }, (_, i) => first + 1 + i);
  expectSame(
    peer,
    "order numbers",
    numbers.toSorted((a, b) => a - b),
    expected,
  );
  if (!peer.sells) return;
  const left = before - (orders + 1) * pieces;
  expectSame(peer, "stock afterwards", await quantityOf(url), left);
  const last = first + orders;
  const order = orderReply.parse(await get(`${url}/orders/${last}`));
  expectSame(peer, "the last order", order, { data: { number: last, name: hotProduct, quantity: pieces } });
  expectSame(peer, "an order of more than there is", await buy(url, tooMany), -1);
  expectSame(peer, "stock after it", await quantityOf(url), left);
  const unknown = await fetch(`${url}/products/nobody%20makes%20this`);
  expectSame(peer, "status of an unknown product", unknown.status, 404);
}

/** The number of an order of the hot product. */
async function buy(url: string, quantity: number): Promise<number> {
  const body = JSON.stringify({ name: hotProduct, quantity });
  const reply = await fetch(`${url}/orders`, { method: "POST", headers: { "content-type": "application/json" }, body });
  return purchaseReply.parse(await reply.json()).data.order_number;
}

/**
 * Buys until nobody else does: a generator that has come to its end leaves some
 * purchases under way. Returns the last order's number and how many it made.
 */
export async function buyAlone(url: string): Promise<{ readonly number: number; readonly made: number }> {
  let last = await buy(url, 1);
  for (let made = 2; made <= attemptsMax; made++) {
    const number = await buy(url, 1);
    if (number === last + 1) return { number, made };
    last = number;
  }
  throw new Error(`somebody else buys at ${url}`);
}

async function quantityOf(url: string): Promise<number> {
  return productReply.parse(await get(`${url}/products/${hotProduct}`)).data.quantity;
}

async function get(url: string): Promise<unknown> {
  return (await fetch(url)).json();
}

function expectSame(peer: Peer, what: string, seen: unknown, expected: unknown): void {
  if (Bun.deepEquals(seen, expected)) return;
  throw new Error(`${peer.title}: ${what}: ${JSON.stringify(seen)} instead of ${JSON.stringify(expected)}`);
}
