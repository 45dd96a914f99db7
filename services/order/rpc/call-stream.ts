import { Code, ConnectError } from "@connectrpc/connect";
import type {
  CallBatch,
  ReplyBatch,
  Call as WireCall,
  Reply as WireReply,
} from "../../../gen/toystore/order/v1/order_pb.ts";
import type { Call, CallerId, Origin, Reply } from "../core/types.ts";
import { AcceptedStream } from "./accepted-stream.ts";
import type { Callers } from "./callers.ts";
import type { RpcLimits } from "./limits.ts";
import type { Replica } from "./replica.ts";
import { fromBuyRequest, fromCheckRequest, fromOrigin, isValidCall, toReply } from "./translate/calls.ts";
import { malformed } from "./translate/numbers.ts";

/** About what an answer takes on the wire, beside its product's name. */
const replyBytes = 32;

/**
 * One Calls stream: batches of calls in, batches of replies out.
 *
 * A caller that closes its half still gets what it asked for. One that vanishes
 * is forgotten, and so is one that leaves too many answers unread.
 */
export class CallStream {
  private readonly stream: AcceptedStream<CallBatch, ReplyBatch>;
  private readonly caller: CallerId;
  /** Calls that came and are not answered. */
  private open = 0;
  private noMoreCalls = false;

  constructor(
    private readonly replica: Replica,
    callers: Callers,
    private readonly limits: RpcLimits,
    onClosed: (stream: CallStream) => void,
  ) {
    this.caller = callers.add((replies) => this.onReplies(replies));
    this.stream = new AcceptedStream<CallBatch, ReplyBatch>({
      weightMax: limits.unsentReplyBytesMax,
      overflow: new ConnectError("answers were not taken", Code.ResourceExhausted),
      onMessage: (batch) => this.onBatch(batch),
      onLastMessage: () => this.onLastBatch(),
      onClosed: () => {
        callers.remove(this.caller);
        replica.take({ type: "caller-gone", caller: this.caller });
        onClosed(this);
      },
    });
  }

  serve(batches: AsyncIterable<CallBatch>, signal: AbortSignal): AsyncIterable<ReplyBatch> {
    this.signOfLife();
    return this.stream.serve(batches, signal);
  }

  /** An empty batch, unless answers are waiting to be sent anyway. */
  signOfLife(): void {
    if (this.stream.isIdle) this.send([], 0);
  }

  close(): void {
    this.stream.close();
  }

  private onBatch(batch: CallBatch): void {
    const { callsPerBatchMax } = this.limits;
    if (batch.calls.length > callsPerBatchMax) {
      throw malformed(`${batch.calls.length} calls in one batch; at most ${callsPerBatchMax}`);
    }
    const origin = batch.origin === undefined ? undefined : fromOrigin(batch.origin);
    const calls: Call[] = [];
    const refused: WireReply[] = [];
    for (const wire of batch.calls) {
      const call = this.toCall(wire, origin);
      if (call === undefined) refused.push(invalidReply(wire));
      else calls.push(call);
    }
    if (refused.length > 0) this.send(refused, refused.length * replyBytes);
    this.open += calls.length;
    if (calls.length > 0) this.replica.take({ type: "calls", caller: this.caller, calls });
  }

  private toCall(wire: WireCall, origin: Origin | undefined): Call | undefined {
    const call =
      wire.call.case === "buy"
        ? fromBuyRequest(wire.id, wire.call.value, this.limits.callBudgetMs, origin)
        : wire.call.case === "check"
          ? fromCheckRequest(wire.id, wire.call.value)
          : undefined;
    return call !== undefined && isValidCall(call) ? call : undefined;
  }

  private onReplies(replies: readonly Reply[]): void {
    this.open -= replies.length;
    let bytes = 0;
    for (const reply of replies) bytes += replyBytes + (reply.order?.product.length ?? 0);
    this.send(replies.map(toReply), bytes);
    this.closeIfAnswered();
  }

  private onLastBatch(): void {
    this.noMoreCalls = true;
    this.closeIfAnswered();
  }

  private closeIfAnswered(): void {
    if (this.noMoreCalls && this.open === 0) this.stream.close();
  }

  /** Every message weighs something: signs of life that nobody takes pile up too. */
  private send(replies: WireReply[], bytes: number): void {
    this.stream.send({ $typeName: "toystore.order.v1.ReplyBatch", replies }, bytes + replyBytes);
  }
}

function invalidReply(wire: WireCall): WireReply {
  const call = wire.call.case === "buy" ? "buy" : "check";
  return toReply({ id: wire.id, call, code: "invalid", order: undefined });
}
