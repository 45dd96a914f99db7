import {
  type BuyResponse,
  type CheckResponse,
  Code,
  type Found,
  type Outcomes,
  type ReplyBatch,
} from "../../../../gen/toystore/order/v1/order_pb.ts";
import { Names, nameAt, requireLength } from "../../../lib/columns.ts";
import {
  type Call,
  type FoundOrder,
  type OrderNumber,
  ordersPerGroup,
  type Reply,
  type ReplyCode,
} from "../../core/types.ts";
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

type FoundReply = Reply & { readonly order: FoundOrder };

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
  const found: Found = {
    $typeName: "toystore.order.v1.Found",
    ids: replies.map(({ id }) => id),
    numbers: replies.map(({ order }) => BigInt(order.number)),
    productIndexes: [],
    products: products.list,
    quantities: [],
    groupSizes: [],
    groupPlaces: [],
  };
  for (const { order, group = [order] } of replies) {
    found.groupSizes.push(group.length);
    found.groupPlaces.push(order.number - (group[0]?.number ?? order.number));
    for (const { product, quantity } of group) {
      found.productIndexes.push(products.indexOf(product));
      found.quantities.push(quantity);
    }
  }
  return found;
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
 * given to. A bought order is completed from its call. Throws on malformed ones.
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
  const { product, quantity } = call;
  return { id, call: "buy", code, order: { number: toOrderNumber(orderNumber), product, quantity } };
}

function fromFound(found: Found | undefined, callOf: (id: number) => Call): Reply[] {
  if (found === undefined) return [];
  const { ids, numbers, products, productIndexes, quantities, groupSizes, groupPlaces } = found;
  for (const column of [numbers, groupSizes, groupPlaces]) requireLength(column, ids.length);
  let end = 0;
  const replies = ids.map((id, at): Reply => {
    if (callOf(id).type === "buy") throw malformed(`purchase ${id} was looked up`);
    const size = groupSizes[at] as number;
    if (size > ordersPerGroup) throw malformed(`a group of ${size} orders`);
    const place = groupPlaces[at] as number;
    const first = toOrderNumber((numbers[at] as bigint) - BigInt(place));
    const start = end;
    end += size;
    const group = quantities.slice(start, end).map((quantity, nth) => ({
      number: (first + nth) as OrderNumber,
      product: nameAt(products, productIndexes[start + nth]),
      quantity,
    }));
    const order = group[place];
    if (order === undefined) throw malformed(`look-up ${id} has no place in its group`);
    return { id, call: "check", code: "ok", order, group };
  });
  for (const column of [productIndexes, quantities]) requireLength(column, end);
  return replies;
}
