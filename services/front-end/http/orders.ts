import { unreachable } from "../../lib/assert.ts";
import type { Call, Outcome } from "../core/types.ts";
import type { Orders } from "./backends.ts";
import type { Body, BodyReader } from "./body.ts";
import type { Key, Keys } from "./keys.ts";
import { isPossibleName } from "./names.ts";
import { productNotFound } from "./products.ts";
import { dataReply, errorReply, internalErrorReply, type Reply, unavailableReply, unreadReply } from "./replies.ts";

/** A quantity beyond this is out of stock: no product has so many. */
const quantityMax = 2 ** 31 - 1;
/** Digits of the largest order number that could be; a longer one is of no order. */
const numberDigitsMax = 15;

export interface OrderHandlers {
  readonly orders: Orders;
  readonly keys: Keys;
  readonly bodies: BodyReader;
  /** 200: out of stock is order number -1; otherwise an error with this status. */
  readonly outOfStockStatus: number;
}

/** POST /orders. */
export async function buy(handlers: OrderHandlers, request: Request, key: Key): Promise<Reply> {
  if (!isJson(request.headers.get("content-type"))) return unreadReply(415, "the body must be application/json");
  const body = await handlers.bodies.read(request);
  if (body.type !== "text") return refuseBody(body);
  const purchase = parsePurchase(body.text);
  if (typeof purchase === "string") return errorReply(400, purchase);
  if (!isPossibleName(purchase.product)) return productNotFound();
  if (key.internal === undefined) return keyNotTold();
  const outcome = await handlers.orders.call({ type: "buy", key: key.internal, ...purchase });
  return replyToPurchase(outcome, handlers.outOfStockStatus);
}

/** GET /orders?key=K. */
export async function showOrderOfKey(handlers: OrderHandlers, text: string | undefined): Promise<Reply> {
  const key = text === undefined ? undefined : handlers.keys.take(text);
  if (key === undefined) return errorReply(400, "the parameter key must be 1-128 visible ASCII characters");
  if (key.internal === undefined) return keyNotTold();
  return await check(handlers.orders, { type: "check-key", key: key.internal });
}

function keyNotTold(): Reply {
  return unavailableReply("not executed: no order replica has yet told which store this is, and so whose key this is");
}

/** GET /orders/N. A number may have leading zeros; a plus sign is not part of one. */
export async function showOrder(handlers: OrderHandlers, text: string): Promise<Reply> {
  if (!/^-?\d+$/.test(text)) return errorReply(400, "the order number must be an integer");
  const digits = text.replace(/^0+(?=\d)/, "");
  if (digits.startsWith("-") || digits.length > numberDigitsMax) return orderNotFound();
  return await check(handlers.orders, { type: "check-number", number: Number(digits) });
}

async function check(orders: Orders, call: Call): Promise<Reply> {
  const { code, order } = await orders.call(call);
  if (code === "ok" && order !== undefined) {
    return dataReply({ number: order.number, name: order.product, quantity: order.quantity });
  }
  if (code === "not-found") return orderNotFound();
  return code === "not-executed" ? unavailableReply("no leader could be reached") : internalErrorReply();
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
      return unreadReply(413, "the body must not be larger than 64 KiB");
    case "too-slow":
      return unreadReply(408, "the body did not come in time");
    case "malformed":
      return unreadReply(400, "the body is not UTF-8, or broke off");
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

function replyToPurchase(outcome: Outcome, outOfStockStatus: number): Reply {
  switch (outcome.code) {
    case "ok":
      return dataReply({ order_number: outcome.orderNumber });
    case "out-of-stock":
      return outOfStockStatus === 200 ? dataReply({ order_number: -1 }) : errorReply(outOfStockStatus, "out of stock");
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
