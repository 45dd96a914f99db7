import { Code, ConnectError, type HandlerContext, type ServiceImpl } from "@connectrpc/connect";
import type {
  BuyRequest,
  BuyResponse,
  CallBatch,
  CheckRequest,
  CheckResponse,
  OrderService,
  PingRequest,
  PingResponse,
  ReplyBatch,
} from "../../../gen/toystore/order/v1/order_pb.ts";
import type { Call, Reply } from "../core/types.ts";
import type { Beat } from "./beat.ts";
import { CallStream } from "./call-stream.ts";
import type { Callers } from "./callers.ts";
import type { RpcLimits } from "./limits.ts";
import type { Replica } from "./replica.ts";
import { fromBuyRequest, fromCheckRequest, isValidCall } from "./translate/calls.ts";
import { toReplicaOrNone } from "./translate/numbers.ts";
import { toBuyResponse, toCheckResponse } from "./translate/replies.ts";

/** What is served on ORDER_PORT: calls become events, replies go back to who asked. */
export class OrderServer implements ServiceImpl<typeof OrderService> {
  private readonly streams = new Set<CallStream>();
  private unaryCalls = 0;

  constructor(
    private readonly replica: Replica,
    private readonly callers: Callers,
    private readonly limits: RpcLimits,
    beat: Beat,
  ) {
    beat.onBeat(() => {
      for (const stream of this.streams) stream.signOfLife();
    });
  }

  /** Calls that came and are not answered. */
  get callsUnderWay(): number {
    let count = this.unaryCalls;
    for (const stream of this.streams) count += stream.callsUnderWay;
    return count;
  }

  async buy(request: BuyRequest, context: HandlerContext): Promise<BuyResponse> {
    const budgetMs = Math.min(context.timeoutMs() ?? this.limits.callBudgetMs, this.limits.callBudgetMs);
    return toBuyResponse(await this.ask("buy", fromBuyRequest(unaryId, request, budgetMs), context.signal));
  }

  async check(request: CheckRequest, context: HandlerContext): Promise<CheckResponse> {
    return toCheckResponse(await this.ask("check", fromCheckRequest(unaryId, request), context.signal));
  }

  calls(batches: AsyncIterable<CallBatch>, context: HandlerContext): AsyncIterable<ReplyBatch> {
    const stream = new CallStream(this.replica, this.callers, this.limits, (closed) => this.streams.delete(closed));
    this.streams.add(stream);
    return stream.serve(batches, context.signal);
  }

  async ping(request: PingRequest): Promise<PingResponse> {
    const nominee = toReplicaOrNone(request.pingNumber);
    if (nominee !== undefined) this.replica.take({ type: "nominate", nominee });
    return this.status();
  }

  /** Every stream ends after what it has to say; callers then look for another replica. */
  close(): void {
    for (const stream of this.streams) stream.close();
  }

  private status(): PingResponse {
    const { id, term, last, commitIndex, leader, eligible, storeId, serving } = this.replica.status();
    return {
      $typeName: "toystore.order.v1.PingResponse",
      componentId: id,
      term: BigInt(term),
      lastIndex: BigInt(last.index),
      lastTerm: BigInt(last.term),
      commitIndex: BigInt(commitIndex),
      leaderId: leader ?? 0,
      eligible,
      storeId: storeId ?? "",
      serving,
    };
  }

  private async ask(kind: Reply["call"], call: Call, signal: AbortSignal): Promise<Reply> {
    if (!isValidCall(call)) return refusal(kind, "invalid");
    if (this.unaryCalls >= this.limits.unaryCallsMax) return refusal(kind, "not-executed");
    this.unaryCalls++;
    try {
      return await this.answer(call, signal);
    } finally {
      this.unaryCalls--;
    }
  }

  /** A caller of its own for one call. Rejects when nobody waits for the answer any more. */
  private answer(call: Call, signal: AbortSignal): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const caller = this.callers.add(([reply]) => {
        if (reply === undefined) return;
        signal.removeEventListener("abort", leave);
        this.callers.remove(caller);
        resolve(reply);
      });
      const leave = (): void => {
        this.callers.remove(caller);
        this.replica.take({ type: "caller-gone", caller });
        reject(ConnectError.from(signal.reason, Code.Canceled));
      };
      signal.addEventListener("abort", leave, { once: true });
      this.replica.take({ type: "calls", caller, calls: [call] });
    });
  }
}

/** A unary call is the only one of its caller. */
const unaryId = 1;

function refusal(call: Reply["call"], code: "invalid" | "not-executed"): Reply {
  return { id: unaryId, call, code, order: undefined };
}
