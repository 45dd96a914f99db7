import type {
  BuyRequest,
  CheckRequest,
  LookUps,
  Purchases,
  Call as WireCall,
  Origin as WireOrigin,
} from "../../../../gen/toystore/order/v1/order_pb.ts";
import { fromColumns, ownKeys, requireLength, rowsOf } from "../../../lib/columns.ts";
import type { Call, Origin } from "../../core/types.ts";
import { toInteger } from "./numbers.ts";

// Messages are written as literals, all fields present: create() takes four
// times as long, and each purchase passes here.

/**
 * `id` is the caller's; what is left of its deadline may already be known to be
 * less. `origin`: where it comes from if it does not say so itself.
 */
export function fromBuyRequest(id: number, request: BuyRequest, budgetMaxMs: number, origin?: Origin): Call {
  const { key, product, quantity, budgetMs, forwarded } = request;
  return {
    type: "buy",
    id,
    key,
    product,
    quantity: toInteger(quantity),
    budgetMs: toBudget(budgetMs, budgetMaxMs),
    forwarded,
    origin: request.origin === undefined ? origin : fromOrigin(request.origin),
  };
}

function toBudget(budgetMs: number, budgetMaxMs: number): number {
  return budgetMs === 0 ? budgetMaxMs : Math.min(budgetMs, budgetMaxMs);
}

/** Throws on columns that do not fit together. */
export function fromPurchases(purchases: Purchases | undefined, budgetMaxMs: number, origin?: Origin): Call[] {
  if (purchases === undefined) return [];
  const { ids, budgetsMs, orders } = purchases;
  requireLength(ids, rowsOf(orders));
  requireLength(budgetsMs, ids.length);
  const toCall = (key: string, product: string, quantity: number, at: number): Call => {
    const budgetMs = toBudget(budgetsMs[at] as number, budgetMaxMs);
    return { type: "buy", id: ids[at] as number, key, product, quantity, budgetMs, forwarded: false, origin };
  };
  // The key of one that becomes an order stays in memory much longer than those that are refused.
  return fromColumns(orders, toCall, ownKeys);
}

/** Throws on columns that do not fit together. */
export function fromLookUps(lookUps: LookUps | undefined): Call[] {
  if (lookUps === undefined) return [];
  const { ids, numbers } = lookUps;
  requireLength(numbers, ids.length);
  return ids.map((id, at) => ({
    type: "check-number",
    id,
    number: toInteger(numbers[at] as bigint),
    forwarded: false,
  }));
}

/** One call of a batch. One that asks for nothing is an invalid look-up. */
export function fromCall({ id, call }: WireCall, budgetMaxMs: number, origin?: Origin): Call {
  if (call.case === "buy") return fromBuyRequest(id, call.value, budgetMaxMs, origin);
  if (call.case === "check") return fromCheckRequest(id, call.value);
  return namesNothing(id);
}

/** Numbers of front-ends lie within 2^53: see the front-end's configuration. */
export function fromOrigin({ frontEnd, attempt, term }: WireOrigin): Origin {
  return { frontEnd: Number(frontEnd), attempt: Number(attempt), term: Number(term) };
}

function toOrigin({ frontEnd, attempt, term }: Origin): WireOrigin {
  return {
    $typeName: "toystore.order.v1.Origin",
    frontEnd: BigInt(frontEnd),
    attempt: BigInt(attempt),
    term: BigInt(term),
  };
}

/** One that names no order is invalid. */
export function fromCheckRequest(id: number, request: CheckRequest): Call {
  const { order, forwarded } = request;
  if (order.case === "number") return { type: "check-number", id, number: toInteger(order.value), forwarded };
  if (order.case === "key") return { type: "check-key", id, key: order.value, forwarded };
  return namesNothing(id);
}

/** No order has an empty key. */
function namesNothing(id: number): Call {
  return { type: "check-key", id, key: "", forwarded: false };
}

/** As it is passed on to the leader: `forwarded` is set, and what is left of the deadline is whole ms. */
export function toForwardedCall(call: Call): WireCall {
  return { $typeName: "toystore.order.v1.Call", id: call.id, call: toForwardedBody(call) };
}

function toForwardedBody(call: Call): WireCall["call"] {
  if (call.type === "buy") {
    const { key, product, quantity } = call;
    const budgetMs = Math.max(1, Math.floor(call.budgetMs));
    const value: BuyRequest = {
      $typeName: "toystore.order.v1.BuyRequest",
      key,
      product,
      quantity: BigInt(quantity),
      budgetMs,
      forwarded: true,
    };
    if (call.origin !== undefined) value.origin = toOrigin(call.origin);
    return { case: "buy", value };
  }
  const order: CheckRequest["order"] =
    call.type === "check-key" ? { case: "key", value: call.key } : { case: "number", value: BigInt(call.number) };
  return { case: "check", value: { $typeName: "toystore.order.v1.CheckRequest", order, forwarded: true } };
}

// ---------------------------------------------------------------- validation

const keyPattern = /^[\x21-\x7e]{1,132}$/;
const nameCharactersMax = 128;

/** False: the caller gets CODE_INVALID. */
export function isValidCall(call: Call): boolean {
  switch (call.type) {
    case "buy":
      return keyPattern.test(call.key) && isValidName(call.product);
    case "check-key":
      return keyPattern.test(call.key);
    case "check-number":
      return true;
  }
}

/** 1 to 128 characters; one outside the basic plane is two units of a string's length. */
function isValidName(name: string): boolean {
  if (name.length <= nameCharactersMax) return name.length > 0;
  return name.length <= 2 * nameCharactersMax && Array.from(name).length <= nameCharactersMax;
}
