import type { OrderRequest, Reserves, Settled } from "../../../gen/toystore/catalog/v1/catalog_pb.ts";
import { fromColumns, requireLength, rowsOf } from "../../lib/columns.ts";
import { limits } from "../core/limits.ts";
import type * as core from "../core/types.ts";
import { invalid } from "./refusal.ts";

const visibleAscii = /^[\x21-\x7e]+$/;

/** The first request of a session. Throws INVALID_ARGUMENT. */
export function readOpen(request: OrderRequest): { readonly storeId: string; readonly fence: core.Fence } {
  const { open } = request;
  if (open === undefined) throw invalid("the first request must carry `open`");
  if (open.storeId.length > limits.storeIdCharactersMax || !visibleAscii.test(open.storeId)) {
    throw invalid(`store_id must be 1 to ${limits.storeIdCharactersMax} visible ASCII characters`);
  }
  const fence = { term: wholeNumber(open.term, "term"), session: wholeNumber(open.session, "session") };
  if (fence.term < 1 || fence.session < 1) throw invalid("term and session count from 1");
  const { settled, returns, reserve, replayed } = request;
  if (settled !== undefined || returns.length > 0 || reserve !== undefined || replayed) {
    throw invalid("work was sent before the session was open");
  }
  return { storeId: open.storeId, fence };
}

/** A later request. Throws INVALID_ARGUMENT. */
export function readWork(request: OrderRequest): core.Work {
  const { settled, returns, reserve, replayed } = request;
  if (request.open !== undefined) throw invalid("a session is opened once");
  const reserveCount = rowsOf(reserve?.orders);
  if (reserveCount > limits.reservesPerMessageMax) throw invalid(`${reserveCount} reserves in one request`);
  const items = rowsOf(settled?.orders) + returns.length + reserveCount;
  if (items > limits.workPerMessageMax) throw invalid(`${items} items in one request`);
  for (const key of returns) checkKey(key);
  return { settles: readSettled(settled), returns, reserves: readReserves(reserve), replayed };
}

function readSettled(settled: Settled | undefined): core.Settle[] {
  if (settled === undefined) return [];
  const first = wholeNumber(settled.firstNumber, "first_number");
  wholeNumber(settled.firstNumber + BigInt(rowsOf(settled.orders)), "first_number");
  return fromColumns(settled.orders, (key, product, quantity, at) => {
    checkKey(key);
    checkProduct(product);
    const number = first + at;
    if (quantity < 1 || quantity > limits.quantityMax) throw invalid(`order ${number} has the quantity ${quantity}`);
    return { number, key, product, quantity };
  });
}

/** A product that is malformed is an unknown one: nothing of it is kept. */
function readReserves(reserves: Reserves | undefined): core.Reserve[] {
  if (reserves === undefined) return [];
  const { tickets, orders } = reserves;
  requireLength(tickets, rowsOf(orders));
  return fromColumns(orders, (key, product, quantity, at) => {
    checkKey(key);
    return { ticket: wholeNumber(tickets[at] as bigint, "ticket"), key, product, quantity };
  });
}

/** As the order log takes it. */
function checkKey(key: string): void {
  if (key.length > limits.keyCharactersMax || !visibleAscii.test(key)) {
    throw invalid(`a key must be 1 to ${limits.keyCharactersMax} visible ASCII characters`);
  }
}

function checkProduct(product: string): void {
  if (product.length > 2 * limits.productNameCharactersMax || /\p{Cc}/u.test(product)) {
    throw invalid("the product of an order is malformed");
  }
}

function wholeNumber(value: bigint, field: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw invalid(`${field} is too large`);
  return number;
}
