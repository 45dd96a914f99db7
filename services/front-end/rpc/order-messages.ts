import { ConnectError, Code as RpcCode } from "@connectrpc/connect";
import {
  type CallBatch,
  type CheckRequest,
  Code,
  type Found,
  type LookUps,
  type Outcomes,
  type PingResponse,
  type Purchases,
  type ReplyBatch,
  type Call as WireCall,
} from "../../../gen/toystore/order/v1/order_pb.ts";
import { ColumnsWriter, nameAt, requireLength } from "../../lib/columns.ts";
import type { Call, Order, Origin, ReplicaId, ReplicaStatus, Reply, ReplyCode, SentCall } from "../core/types.ts";

// Plain objects in the shape of the generated messages: the library's own
// constructor would take most of the time of a call.

export function toCallBatch({ frontEnd, attempt, term }: Origin, calls: readonly SentCall[]): CallBatch {
  const buys: Sent<"buy">[] = [];
  const numbers: Sent<"check-number">[] = [];
  const batch: CallBatch = { $typeName: "toystore.order.v1.CallBatch", calls: [] };
  for (const { id, call, budgetMs } of calls) {
    if (call.type === "buy") buys.push({ id, call, budgetMs });
    else if (call.type === "check-number") numbers.push({ id, call, budgetMs });
    else batch.calls.push(toCheck(id, call.key));
  }
  if (numbers.length > 0) batch.lookUps = toLookUps(numbers);
  if (buys.length === 0) return batch;
  batch.purchases = toPurchases(buys);
  batch.origin = {
    $typeName: "toystore.order.v1.Origin",
    frontEnd: BigInt(frontEnd),
    attempt: BigInt(attempt),
    term: BigInt(term),
  };
  return batch;
}

type Sent<Type> = SentCall & { readonly call: Extract<Call, { type: Type }> };

function toPurchases(buys: readonly Sent<"buy">[]): Purchases {
  const writer = new ColumnsWriter();
  for (const { call } of buys) writer.add(call.key, call.product, call.quantity);
  return {
    $typeName: "toystore.order.v1.Purchases",
    ids: buys.map(({ id }) => id),
    budgetsMs: buys.map(({ budgetMs }) => budgetMs),
    orders: writer.columns,
  };
}

function toLookUps(checks: readonly Sent<"check-number">[]): LookUps {
  return {
    $typeName: "toystore.order.v1.LookUps",
    ids: checks.map(({ id }) => id),
    numbers: checks.map(({ call }) => BigInt(call.number)),
  };
}

function toCheck(id: number, key: string): WireCall {
  const order = { case: "key", value: key } as const;
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
export function fromReplyBatch({ outcomes, found }: ReplyBatch): Reply[] {
  return [...fromOutcomes(outcomes), ...fromFound(found)];
}

function fromOutcomes(outcomes: Outcomes | undefined): Reply[] {
  if (outcomes === undefined) return [];
  const { ids, codes: wireCodes, orderNumbers } = outcomes;
  requireLength(wireCodes, ids.length);
  requireLength(orderNumbers, ids.length);
  return ids.map((id, at) => ({
    id,
    code: codeOf(wireCodes[at] as Code, orderNumbers[at] as bigint),
    orderNumber: Number(orderNumbers[at]),
    order: undefined,
  }));
}

/** An order without a number is none, and a client would take it for "out of stock". */
function codeOf(code: Code, orderNumber: bigint): ReplyCode {
  if (code === Code.OK && orderNumber < 0n) return "unknown-outcome";
  return codes.get(code) ?? "unknown-outcome";
}

/** Nobody asks for an order with this number or a higher one: it has more than 15 digits. */
const orderNumberEnd = 1e15;

function fromFound(found: Found | undefined): Reply[] {
  if (found === undefined) return [];
  const { ids, numbers, products, productIndexes, quantities, groupSizes, groupPlaces } = found;
  for (const column of [numbers, groupSizes, groupPlaces]) requireLength(column, ids.length);
  requireLength(productIndexes, quantities.length);
  let end = 0;
  const replies = ids.map((id, at): Reply => {
    const place = groupPlaces[at] as number;
    const first = Number(numbers[at]) - place;
    const start = end;
    end += groupSizes[at] as number;
    if (place >= end - start || first < 0 || first + end - start > orderNumberEnd) {
      throw new ConnectError("a look-up has no place among the orders of its group", RpcCode.InvalidArgument);
    }
    const group: Order[] = [];
    for (let row = start; row < end; row++) {
      const product = nameAt(products, productIndexes[row]);
      group.push({ number: first + row - start, product, quantity: quantities[row] as number });
    }
    return { id, code: "ok", orderNumber: -1, order: group[place], group };
  });
  requireLength(quantities, end);
  return replies;
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
