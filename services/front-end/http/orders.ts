import { unreachable } from "../../lib/assert.ts";
import type { Call, Order, Outcome } from "../core/types.ts";
import type { Orders } from "./backends.ts";
import type { Body, BodyReader } from "./body.ts";
import { bodyOfOrder, type FoundOrders } from "./found-orders.ts";
import type { Key, Keys } from "./keys.ts";
import { isPossibleName } from "./names.ts";
import { productNotFound } from "./products.ts";
import { encodedReply, errorReply, internalErrorReply, type Reply, unavailableReply } from "./replies.ts";

/** A quantity beyond this is out of stock: no product has so many. */
const quantityMax = 2 ** 31 - 1;
/** Digits of the largest order number that could be; a longer one is of no order. */
const numberDigitsMax = 15;

export interface OrderHandlers {
  readonly orders: Orders;
  readonly keys: Keys;
  readonly found: FoundOrders;
  readonly bodies: BodyReader;
  /** 200: out of stock is order number -1; otherwise an error with this status. */
  readonly outOfStockStatus: number;
}

/** POST /orders. */
export function buy(handlers: OrderHandlers, request: Request, key: Key): Reply | Promise<Reply> {
  if (!isJson(request.headers.get("content-type"))) return errorReply(415, "the body must be application/json");
  // Before its body is looked at: what is shed must cost as little as can be.
  if (key.internal !== undefined && handlers.orders.refuses(key.internal)) return tooMuch;
  return handlers.bodies
    .read(request)
    .then((body) => (body.type === "text" ? purchase(handlers, body.text, key) : refuseBody(body)));
}

function purchase(handlers: OrderHandlers, text: string, { internal }: Key): Reply | Promise<Reply> {
  const wanted = parsePurchase(text);
  if (typeof wanted === "string") return errorReply(400, wanted);
  const { product, quantity } = wanted;
  if (!isPossibleName(product)) return productNotFound();
  if (internal === undefined) return keyNotTold();
  return handlers.orders
    .call({ type: "buy", key: internal, product, quantity })
    .then((outcome) => replyToPurchase(outcome, handlers.outOfStockStatus));
}

/** GET /orders?key=K. */
export async function showOrderOfKey(handlers: OrderHandlers, text: string | undefined): Promise<Reply> {
  const key = text === undefined ? undefined : handlers.keys.take(text);
  if (key === undefined) return errorReply(400, "the parameter key must be 1-128 visible ASCII characters");
  if (key.internal === undefined) return keyNotTold();
  return await check(handlers, { type: "check-key", key: key.internal });
}

function keyNotTold(): Reply {
  return unavailableReply("not executed: no order replica has yet told which store this is, and so whose key this is");
}

/** GET /orders/N. A number may have leading zeros; a plus sign is not part of one. */
export function showOrder(handlers: OrderHandlers, text: string): Reply | Promise<Reply> {
  if (!/^-?\d+$/.test(text)) return errorReply(400, "the order number must be an integer");
  const digits = text.replace(/^0+(?=\d)/, "");
  if (digits.startsWith("-") || digits.length > numberDigitsMax) return orderNotFound();
  const number = Number(digits);
  const known = handlers.found.get(number);
  return known === undefined ? check(handlers, { type: "check-number", number }) : encodedReply(known);
}

async function check({ orders, found }: OrderHandlers, call: Call): Promise<Reply> {
  const { storeId } = orders;
  const { code, order, group } = await orders.call(call);
  if (code === "ok" && order !== undefined && isAnswer(call, order)) {
    found.keep(group ?? [order], storeId);
    return encodedReply(bodyOfOrder(order));
  }
  if (code === "not-found") return orderNotFound();
  return code === "not-executed" ? unavailableReply("no leader could be reached") : internalErrorReply();
}

/** No replica answers with another order than the one that was asked for; if one did, it would be shown for ever. */
function isAnswer(call: Call, order: Order): boolean {
  return call.type !== "check-number" || call.number === order.number;
}

function orderNotFound(): Reply {
  return errorReply(404, "order not found");
}

/** An absent Content-Type is accepted; parameters and case do not matter. */
function isJson(contentType: string | null): boolean {
  if (contentType === null || contentType === "application/json") return true;
  const [mediaType = ""] = contentType.split(";", 1);
  return mediaType.trim().toLowerCase() === "application/json";
}

function refuseBody(body: Exclude<Body, { type: "text" }>): Reply {
  switch (body.type) {
    case "no-length":
      return errorReply(411, "the body's length, or chunks, must be announced");
    case "too-large":
      return errorReply(413, "the body must not be larger than 64 KiB");
    case "too-slow":
      // The rest may come yet, and is no request.
      return errorReply(408, "the body did not come in time", { connection: "close" });
    case "trailer":
      return errorReply(400, "a body in chunks must not have a trailer");
    case "malformed":
      return errorReply(400, "the body is not UTF-8, or broke off");
  }
}

/** The purchase, or what is wrong with the body. Of members given twice the last counts; others are ignored. */
function parsePurchase(text: string): { product: string; quantity: number } | string {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return "the body is not JSON";
  }
  if (typeof body !== "object" || body === null || Array.isArray(body)) return "the body must be a JSON object";
  const { name, quantity } = body as { readonly name?: unknown; readonly quantity?: unknown };
  if (typeof name !== "string") return "name must be a string";
  // 1e999 is read as Infinity: an integer all the same, and more than there is.
  const isInteger = typeof quantity === "number" && (Number.isInteger(quantity) || quantity === Infinity);
  if (!isInteger || quantity < 1) return "quantity must be an integer above 0";
  return { product: name, quantity: Math.min(quantity, quantityMax + 1) };
}

const tooMuch = unavailableReply("not executed: too much is under way");

function replyToPurchase(outcome: Outcome, outOfStockStatus: number): Reply {
  switch (outcome.code) {
    case "ok":
      return encodedReply(`{"data":{"order_number":${outcome.orderNumber}}}`);
    case "out-of-stock":
      return outOfStockStatus === 200
        ? encodedReply('{"data":{"order_number":-1}}')
        : errorReply(outOfStockStatus, "out of stock");
    case "unknown-product":
      return productNotFound();
    case "invalid-quantity":
    case "invalid":
      return errorReply(400, "bad request");
    case "key-reused":
      return errorReply(409, "the idempotency key belongs to another purchase");
    case "not-executed":
      return unavailableReply(
        "not executed: no leader or no catalog could be reached in time, or too much is under way",
      );
    case "unknown-outcome":
    case "not-found":
      return internalErrorReply();
    default:
      return unreachable(outcome.code);
  }
}
