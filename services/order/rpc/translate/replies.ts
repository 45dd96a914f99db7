import {
  type BuyResponse,
  type CheckResponse,
  Code,
  type Outcomes,
  type ReplyBatch,
  type Order as WireOrder,
  type Reply as WireReply,
} from "../../../../gen/toystore/order/v1/order_pb.ts";
import { requireLength } from "../../../lib/columns.ts";
import type { Call, Key, OrderNumber, Reply, ReplyCode } from "../../core/types.ts";
import { malformed, toCount, toOrderNumber } from "./numbers.ts";

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
  const batch: ReplyBatch = { $typeName: "toystore.order.v1.ReplyBatch", replies: [] };
  for (const reply of replies) {
    if (reply.call === "check") batch.replies.push(toWireReply(reply));
    else addOutcome((batch.outcomes ??= noOutcomes()), reply);
  }
  return batch;
}

function noOutcomes(): Outcomes {
  return { $typeName: "toystore.order.v1.Outcomes", ids: [], codes: [], orderNumbers: [] };
}

function addOutcome({ ids, codes, orderNumbers }: Outcomes, reply: Reply): void {
  ids.push(reply.id);
  codes.push(wireCodes[reply.code]);
  orderNumbers.push(toWireNumber(reply));
}

function toWireNumber({ order }: Reply): bigint {
  return order === undefined ? -1n : BigInt(order.number);
}

function toWireReply(reply: Reply): WireReply {
  return { $typeName: "toystore.order.v1.Reply", id: reply.id, answer: toCheckResponse(reply) };
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
export function fromReplyBatch({ replies, outcomes }: ReplyBatch, callOf: (id: number) => Call): Reply[] {
  const checks = replies.map((reply) => fromWireReply(reply, callOf(reply.id)));
  return outcomes === undefined ? checks : [...checks, ...fromOutcomes(outcomes, callOf)];
}

function fromOutcomes({ ids, codes, orderNumbers }: Outcomes, callOf: (id: number) => Call): Reply[] {
  requireLength(codes, ids.length);
  requireLength(orderNumbers, ids.length);
  return ids.map((id, at) => fromOutcome(callOf(id), codes[at] as Code, orderNumbers[at] as bigint));
}

function fromOutcome(call: Call, wireCode: Code, orderNumber: bigint): Reply {
  if (call.type !== "buy") throw doesNotFit(call.id);
  const { id, product, quantity, key } = call;
  const code = toReplyCode(wireCode);
  if (code !== "ok") return { id, call: "buy", code, order: undefined };
  return { id, call: "buy", code, order: { number: toOrderNumber(orderNumber), product, quantity, key } };
}

function fromWireReply({ id, answer }: WireReply, call: Call): Reply {
  if (call.type === "buy" || answer === undefined) throw doesNotFit(id);
  const code = toReplyCode(answer.code);
  if (code !== "ok") return { id, call: "check", code, order: undefined };
  if (answer.order === undefined) throw malformed(`reply ${id} has no order`);
  return { id, call: "check", code, order: fromOrder(answer.order) };
}

function doesNotFit(id: number): Error {
  return malformed(`reply ${id} does not fit its call`);
}

const keyNotTold: Key = "";

function fromOrder(order: WireOrder) {
  const number = toCount(order.number) as OrderNumber;
  return { number, product: order.product, quantity: order.quantity, key: keyNotTold };
}
