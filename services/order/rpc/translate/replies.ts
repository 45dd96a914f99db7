import {
  type BuyResponse,
  type CheckResponse,
  Code,
  type Found,
  type Outcomes,
  type ReplyBatch,
} from "../../../../gen/toystore/order/v1/order_pb.ts";
import { Names, nameAt, requireLength } from "../../../lib/columns.ts";
import type { Call, Key, Order, Reply, ReplyCode } from "../../core/types.ts";
import { malformed, toOrderNumber } from "./numbers.ts";

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

// ---------------------------------------------------------------- as they are sent

/** None at all is a sign of life. */
export function toReplyBatch(replies: readonly Reply[]): ReplyBatch {
  const ended = replies.filter((reply) => !hasFound(reply));
  const found = ended.length < replies.length ? replies.filter(hasFound) : [];
  const batch: ReplyBatch = { $typeName: "toystore.order.v1.ReplyBatch" };
  if (ended.length > 0) batch.outcomes = toOutcomes(ended);
  if (found.length > 0) batch.found = toFound(found);
  return batch;
}

type FoundReply = Reply & { readonly order: Order };

function hasFound(reply: Reply): reply is FoundReply {
  return reply.call === "check" && reply.order !== undefined;
}

function toOutcomes(replies: readonly Reply[]): Outcomes {
  return {
    $typeName: "toystore.order.v1.Outcomes",
    ids: replies.map(({ id }) => id),
    codes: replies.map(({ code }) => wireCodes[code]),
    orderNumbers: replies.map(toWireNumber),
  };
}

function toFound(replies: readonly FoundReply[]): Found {
  const products = new Names();
  return {
    $typeName: "toystore.order.v1.Found",
    ids: replies.map(({ id }) => id),
    numbers: replies.map(({ order }) => BigInt(order.number)),
    productIndexes: replies.map(({ order }) => products.indexOf(order.product)),
    products: products.list,
    quantities: replies.map(({ order }) => order.quantity),
  };
}

function toWireNumber({ order }: Reply): bigint {
  return order === undefined ? -1n : BigInt(order.number);
}

export function toBuyResponse(reply: Reply): BuyResponse {
  const code = wireCodes[reply.code];
  return { $typeName: "toystore.order.v1.BuyResponse", code, orderNumber: toWireNumber(reply) };
}

export function toCheckResponse(reply: Reply): CheckResponse {
  const response: CheckResponse = { $typeName: "toystore.order.v1.CheckResponse", code: wireCodes[reply.code] };
  if (reply.order !== undefined) {
    const { number, product, quantity } = reply.order;
    response.order = { $typeName: "toystore.order.v1.Order", number: BigInt(number), product, quantity };
  }
  return response;
}

// ---------------------------------------------------------------- as a replica that forwarded reads them

/**
 * The leader's answers to forwarded calls; `callOf` tells which call an id was
 * given to. A bought order is completed from its call, a found one has no key:
 * nobody asks for it. Throws on malformed ones.
 */
export function fromReplyBatch({ outcomes, found }: ReplyBatch, callOf: (id: number) => Call): Reply[] {
  return [...fromOutcomes(outcomes, callOf), ...fromFound(found, callOf)];
}

function fromOutcomes(outcomes: Outcomes | undefined, callOf: (id: number) => Call): Reply[] {
  if (outcomes === undefined) return [];
  const { ids, codes, orderNumbers } = outcomes;
  requireLength(codes, ids.length);
  requireLength(orderNumbers, ids.length);
  return ids.map((id, at) => fromOutcome(callOf(id), toReplyCode(codes[at] as Code), orderNumbers[at] as bigint));
}

function fromOutcome(call: Call, code: ReplyCode, orderNumber: bigint): Reply {
  const { id, type } = call;
  if (code !== "ok") return { id, call: type === "buy" ? "buy" : "check", code, order: undefined };
  if (type !== "buy") throw malformed(`look-up ${id} found no order`);
  const { product, quantity, key } = call;
  return { id, call: "buy", code, order: { number: toOrderNumber(orderNumber), product, quantity, key } };
}

const keyNotTold: Key = "";

function fromFound(found: Found | undefined, callOf: (id: number) => Call): Reply[] {
  if (found === undefined) return [];
  const { ids, numbers, products, productIndexes, quantities } = found;
  for (const column of [numbers, productIndexes, quantities]) requireLength(column, ids.length);
  return ids.map((id, at) => {
    if (callOf(id).type === "buy") throw malformed(`purchase ${id} was looked up`);
    const order = {
      number: toOrderNumber(numbers[at] as bigint),
      product: nameAt(products, productIndexes[at]),
      quantity: quantities[at] as number,
      key: keyNotTold,
    };
    return { id, call: "check", code: "ok", order };
  });
}
