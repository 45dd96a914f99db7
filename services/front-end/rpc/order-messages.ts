import {
  type BuyRequest,
  type CallBatch,
  type CheckRequest,
  Code,
  type PingResponse,
  type Call as WireCall,
  type Reply as WireReply,
} from "../../../gen/toystore/order/v1/order_pb.ts";
import type { Call, Order, Origin, ReplicaId, ReplicaStatus, Reply, ReplyCode, SentCall } from "../core/types.ts";

// Plain objects in the shape of the generated messages: the library's own
// constructor would take most of the time of a call.

export function toCallBatch({ frontEnd, attempt, term }: Origin, calls: readonly SentCall[]): CallBatch {
  return {
    $typeName: "toystore.order.v1.CallBatch",
    calls: calls.map(toCall),
    origin: {
      $typeName: "toystore.order.v1.Origin",
      frontEnd: BigInt(frontEnd),
      attempt: BigInt(attempt),
      term: BigInt(term),
    },
  };
}

function toCall({ id, call, budgetMs }: SentCall): WireCall {
  return {
    $typeName: "toystore.order.v1.Call",
    id,
    call: call.type === "buy" ? { case: "buy", value: toBuy(call, budgetMs) } : { case: "check", value: toCheck(call) },
  };
}

function toBuy(call: Call & { type: "buy" }, budgetMs: number): BuyRequest {
  return {
    $typeName: "toystore.order.v1.BuyRequest",
    key: call.key,
    product: call.product,
    quantity: BigInt(call.quantity),
    budgetMs,
    forwarded: false,
  };
}

function toCheck(call: Exclude<Call, { type: "buy" }>): CheckRequest {
  return {
    $typeName: "toystore.order.v1.CheckRequest",
    order:
      call.type === "check-key" ? { case: "key", value: call.key } : { case: "number", value: BigInt(call.number) },
    forwarded: false,
  };
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

export function fromReply({ id, reply }: WireReply): Reply {
  if (reply.case === undefined) return { id, code: "unknown-outcome", orderNumber: -1, order: undefined };
  const code = codes.get(reply.value.code) ?? "unknown-outcome";
  if (reply.case === "buy") return { id, code, orderNumber: Number(reply.value.orderNumber), order: undefined };
  const { order } = reply.value;
  return { id, code, orderNumber: -1, order: order === undefined ? undefined : toOrder(order) };
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
