import {
  type CallBatch,
  type CheckRequest,
  Code,
  type Outcomes,
  type PingResponse,
  type Purchases,
  type ReplyBatch,
  type Call as WireCall,
  type Reply as WireReply,
} from "../../../gen/toystore/order/v1/order_pb.ts";
import { ColumnsWriter, requireLength } from "../../lib/columns.ts";
import type { Call, Order, Origin, ReplicaId, ReplicaStatus, Reply, ReplyCode, SentCall } from "../core/types.ts";

// Plain objects in the shape of the generated messages: the library's own
// constructor would take most of the time of a call.

export function toCallBatch({ frontEnd, attempt, term }: Origin, calls: readonly SentCall[]): CallBatch {
  const buys: SentBuy[] = [];
  const checks: WireCall[] = [];
  for (const { id, call, budgetMs } of calls) {
    if (call.type === "buy") buys.push({ id, call, budgetMs });
    else checks.push(toCheck(id, call));
  }
  const batch: CallBatch = { $typeName: "toystore.order.v1.CallBatch", calls: checks };
  if (buys.length === 0) return batch;
  batch.origin = {
    $typeName: "toystore.order.v1.Origin",
    frontEnd: BigInt(frontEnd),
    attempt: BigInt(attempt),
    term: BigInt(term),
  };
  batch.purchases = toPurchases(buys);
  return batch;
}

type Buy = Extract<Call, { type: "buy" }>;
type SentBuy = SentCall & { readonly call: Buy };

function toPurchases(buys: readonly SentBuy[]): Purchases {
  const writer = new ColumnsWriter();
  for (const { call } of buys) writer.add(call.key, call.product, call.quantity);
  return {
    $typeName: "toystore.order.v1.Purchases",
    ids: buys.map(({ id }) => id),
    budgetsMs: buys.map(({ budgetMs }) => budgetMs),
    orders: writer.columns,
  };
}

function toCheck(id: number, call: Exclude<Call, Buy>): WireCall {
  const order: CheckRequest["order"] =
    call.type === "check-key" ? { case: "key", value: call.key } : { case: "number", value: BigInt(call.number) };
  const value: CheckRequest = { $typeName: "toystore.order.v1.CheckRequest", order, forwarded: false };
  return { $typeName: "toystore.order.v1.Call", id, call: { case: "check", value } };
}

/** What a later version of the replicas may say counts as no answer: repeated, and unknown in the end. */
const codes: ReadonlyMap<Code, ReplyCode> = new Map([
  [Code.OK, "ok"],
  [Code.OUT_OF_STOCK, "out-of-stock"],
  [Code.UNKNOWN_PRODUCT, "unknown-product"],
  [Code.INVALID_QUANTITY, "invalid-quantity"],
  [Code.KEY_REUSED, "key-reused"],
  [Code.NOT_LEADER, "not-leader"],
  [Code.NOT_EXECUTED, "not-executed"],
  [Code.UNKNOWN_OUTCOME, "unknown-outcome"],
  [Code.NOT_FOUND, "not-found"],
  [Code.INVALID, "invalid"],
]);

/** Throws on columns that do not fit together. */
export function fromReplyBatch({ replies, outcomes }: ReplyBatch): Reply[] {
  const checks = replies.map(fromWireReply);
  return outcomes === undefined ? checks : [...checks, ...fromOutcomes(outcomes)];
}

function fromOutcomes({ ids, codes: wireCodes, orderNumbers }: Outcomes): Reply[] {
  requireLength(wireCodes, ids.length);
  requireLength(orderNumbers, ids.length);
  return ids.map((id, at) => ({
    id,
    code: toReplyCode(wireCodes[at]),
    orderNumber: Number(orderNumbers[at]),
    order: undefined,
  }));
}

function toReplyCode(code: Code | undefined): ReplyCode {
  return (code === undefined ? undefined : codes.get(code)) ?? "unknown-outcome";
}

function fromWireReply({ id, answer }: WireReply): Reply {
  const order = answer?.order;
  return {
    id,
    code: toReplyCode(answer?.code),
    orderNumber: -1,
    order: order === undefined ? undefined : toOrder(order),
  };
}

function toOrder(order: { number: bigint; product: string; quantity: number }): Order {
  return { number: Number(order.number), product: order.product, quantity: order.quantity };
}

export function fromPingResponse(response: PingResponse): ReplicaStatus {
  const leader = response.leaderId >= 1 && response.leaderId <= 3 ? (response.leaderId as ReplicaId) : undefined;
  return {
    term: Number(response.term),
    lastIndex: Number(response.lastIndex),
    lastTerm: Number(response.lastTerm),
    commitIndex: Number(response.commitIndex),
    leader,
    eligible: response.eligible,
    storeId: response.storeId === "" ? undefined : response.storeId,
    serving: response.serving,
  };
}
