import type { Failure, HttpRequest } from "./connection.ts";
import type { HttpReply } from "./http-reply.ts";

/** An order as the store shows it. */
export interface Order {
  readonly number: number;
  readonly name: string;
  readonly quantity: number;
}

/** A request that got no usable answer; `kind` groups it in the report. */
export interface ApiError {
  readonly type: "error";
  readonly kind: string;
}

export type QueryOutcome = { readonly type: "product"; readonly name: string; readonly quantity: number } | ApiError;
export type BuyOutcome =
  | { readonly type: "bought"; readonly number: number }
  | { readonly type: "out-of-stock" }
  | ApiError;
export type CheckOutcome =
  | { readonly type: "order"; readonly order: Order }
  | { readonly type: "not-found" }
  | ApiError;

/** Carries one request, with whatever retries the caller wants. */
export type Send = (request: HttpRequest) => Promise<HttpReply | Failure>;

export async function query(send: Send, name: string): Promise<QueryOutcome> {
  const reply = await send({ method: "GET", path: `/products/${encodeURIComponent(name)}` });
  const data = readData(reply);
  if ("kind" in data) return data;
  const { name: shown, price, quantity } = data.value;
  if (typeof shown !== "string" || typeof price !== "number" || !isCount(quantity)) return malformed;
  return { type: "product", name: shown, quantity };
}

/** Buys `quantity` of one product, at most once for the key however often it is sent. */
export async function buy(send: Send, order: { name: string; quantity: number; key: string }): Promise<BuyOutcome> {
  const body = JSON.stringify({ name: order.name, quantity: order.quantity });
  const reply = await send({ method: "POST", path: "/orders", body, idempotencyKey: order.key });
  if (isOutOfStock(reply)) return { type: "out-of-stock" };
  const data = readData(reply);
  if ("kind" in data) return data;
  const number = data.value["order_number"];
  if (number === -1) return { type: "out-of-stock" };
  return isCount(number) ? { type: "bought", number } : malformed;
}

/** GET /orders/N. */
export function check(send: Send, number: number): Promise<CheckOutcome> {
  return lookUp(send, `/orders/${number}`);
}

/** GET /orders?key=K: the order that was made with an idempotency key. */
export function findByKey(send: Send, key: string): Promise<CheckOutcome> {
  return lookUp(send, `/orders?key=${encodeURIComponent(key)}`);
}

async function lookUp(send: Send, path: string): Promise<CheckOutcome> {
  const reply = await send({ method: "GET", path });
  if (!("failure" in reply) && reply.status === 404) return { type: "not-found" };
  const data = readData(reply);
  if ("kind" in data) return data;
  const { number, name, quantity } = data.value;
  if (!isCount(number) || typeof name !== "string" || !isCount(quantity)) return malformed;
  return { type: "order", order: { number, name, quantity } };
}

const malformed: ApiError = { type: "error", kind: "malformed reply" };

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** A store may be set up to answer "out of stock" with a status of its own (OUT_OF_STOCK_STATUS). */
function isOutOfStock(reply: HttpReply | Failure): boolean {
  if ("failure" in reply || reply.status < 400) return false;
  return member(reply.body, "error")?.["message"] === "out of stock";
}

/** The `data` object of a 200 reply. */
function readData(reply: HttpReply | Failure): { readonly value: Record<string, unknown> } | ApiError {
  if ("failure" in reply) return { type: "error", kind: reply.failure };
  if (reply.status !== 200) return { type: "error", kind: `HTTP ${reply.status}` };
  const value = member(reply.body, "data");
  return value === undefined ? malformed : { value };
}

/** The member `name` of a JSON object, if it is an object itself. */
function member(body: string, name: string): Record<string, unknown> | undefined {
  let whole: unknown;
  try {
    whole = JSON.parse(body);
  } catch {
    // Not JSON: the caller reports a malformed reply.
    return undefined;
  }
  const value = isObject(whole) ? whole[name] : undefined;
  return isObject(value) ? value : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
