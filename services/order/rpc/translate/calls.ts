import {
  type BuyRequest,
  type BuyResponse,
  type CheckRequest,
  type CheckResponse,
  Code,
  type Call as WireCall,
  type Order as WireOrder,
  type Origin as WireOrigin,
  type Reply as WireReply,
} from "../../../../gen/toystore/order/v1/order_pb.ts";
import type { Call, Key, OrderNumber, Origin, Reply, ReplyCode } from "../../core/types.ts";
import { malformed, toCount, toInteger, toOrderNumber } from "./numbers.ts";

// Messages are written as literals, all fields present: create() takes four
// times as long, and each purchase passes here.

const wireCodes: Readonly<Record<ReplyCode, Code>> = {
  ok: Code.OK,
  "out-of-stock": Code.OUT_OF_STOCK,
  "unknown-product": Code.UNKNOWN_PRODUCT,
  "invalid-quantity": Code.INVALID_QUANTITY,
  "key-reused": Code.KEY_REUSED,
  "not-leader": Code.NOT_LEADER,
  "not-executed": Code.NOT_EXECUTED,
  "unknown-outcome": Code.UNKNOWN_OUTCOME,
  "not-found": Code.NOT_FOUND,
  invalid: Code.INVALID,
};

const replyCodes = new Map<Code, ReplyCode>(Object.entries(wireCodes).map(([code, wire]) => [wire, code as ReplyCode]));

function toReplyCode(code: Code): ReplyCode {
  const reply = replyCodes.get(code);
  if (reply === undefined) throw malformed(`${code} is not a code`);
  return reply;
}

// ---------------------------------------------------------------- calls

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
    budgetMs: budgetMs === 0 ? budgetMaxMs : Math.min(budgetMs, budgetMaxMs),
    forwarded,
    origin: request.origin === undefined ? origin : fromOrigin(request.origin),
  };
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

/** Undefined: it names no order. */
export function fromCheckRequest(id: number, request: CheckRequest): Call | undefined {
  const { order, forwarded } = request;
  if (order.case === "number") return { type: "check-number", id, number: toInteger(order.value), forwarded };
  if (order.case === "key") return { type: "check-key", id, key: order.value, forwarded };
  return undefined;
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

// ---------------------------------------------------------------- replies

export function toReply(reply: Reply): WireReply {
  const body: WireReply["reply"] =
    reply.call === "buy"
      ? { case: "buy", value: toBuyResponse(reply) }
      : { case: "check", value: toCheckResponse(reply) };
  return { $typeName: "toystore.order.v1.Reply", id: reply.id, reply: body };
}

export function toBuyResponse(reply: Reply): BuyResponse {
  const orderNumber = reply.order === undefined ? -1n : BigInt(reply.order.number);
  return { $typeName: "toystore.order.v1.BuyResponse", code: wireCodes[reply.code], orderNumber };
}

export function toCheckResponse(reply: Reply): CheckResponse {
  const response: CheckResponse = { $typeName: "toystore.order.v1.CheckResponse", code: wireCodes[reply.code] };
  if (reply.order !== undefined) {
    const { number, product, quantity } = reply.order;
    response.order = { $typeName: "toystore.order.v1.Order", number: BigInt(number), product, quantity };
  }
  return response;
}

/** What of a purchase the leader's reply does not repeat: who forwarded it knows it. */
export type ForwardedPurchase = Extract<Call, { type: "buy" }>;

/**
 * The leader's answer to a forwarded call. A bought order is completed from its
 * call, a found one has no key: nobody asks for it. Throws on a malformed reply.
 */
export function fromReply(reply: WireReply, call: Call): Reply {
  const { id } = reply;
  if (reply.reply.case === "buy" && call.type === "buy") return fromBuyResponse(id, reply.reply.value, call);
  if (reply.reply.case === "check" && call.type !== "buy") return fromCheckResponse(id, reply.reply.value);
  throw malformed(`reply ${id} does not fit its call`);
}

function fromBuyResponse(id: number, response: BuyResponse, call: ForwardedPurchase): Reply {
  const code = toReplyCode(response.code);
  if (code !== "ok") return { id, call: "buy", code, order: undefined };
  const { product, quantity, key } = call;
  return { id, call: "buy", code, order: { number: toOrderNumber(response.orderNumber), product, quantity, key } };
}

function fromCheckResponse(id: number, response: CheckResponse): Reply {
  const code = toReplyCode(response.code);
  if (code !== "ok") return { id, call: "check", code, order: undefined };
  if (response.order === undefined) throw malformed(`reply ${id} has no order`);
  return { id, call: "check", code, order: fromOrder(response.order) };
}

const keyNotTold: Key = "";

function fromOrder(order: WireOrder) {
  const number = toCount(order.number) as OrderNumber;
  return { number, product: order.product, quantity: order.quantity, key: keyNotTold };
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
