import { Code, ConnectError } from "@connectrpc/connect";
import type { CallBatch, ReplyBatch } from "../../../gen/toystore/order/v1/order_pb.ts";
import { rowsOf } from "../../lib/columns.ts";
import type { Call, CallerId, Reply } from "../core/types.ts";
import { AcceptedStream } from "./accepted-stream.ts";
import type { Callers } from "./callers.ts";
import type { RpcLimits } from "./limits.ts";
import type { Replica } from "./replica.ts";
import { fromCall, fromLookUps, fromOrigin, fromPurchases, isValidCall } from "./translate/calls.ts";
import { malformed } from "./translate/numbers.ts";
import { toReplyBatch } from "./translate/replies.ts";

/** About what an answer takes, beside names of products. */
const replyBytes = 32;
/** The same for each order of its group. */
const orderBytes = 12;
/** UTF-8 takes no more for a UTF-16 unit. */
const unitBytes = 3;
/** Answers that weigh so much are a message: the next go with another. Far below what a message may have. */
const fullMessageBytes = 2 * 1024 * 1024;

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
  private unanswered = 0;
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

  get callsUnderWay(): number {
    return this.unanswered;
  }

  serve(batches: AsyncIterable<CallBatch>, signal: AbortSignal): AsyncIterable<ReplyBatch> {
    this.signOfLife();
    return this.stream.serve(batches, signal);
  }

  /** An empty batch, unless answers are waiting to be sent anyway. */
  signOfLife(): void {
    if (this.stream.isIdle) this.send([]);
  }

  close(): void {
    this.stream.close();
  }

  private onBatch({ calls, origin, purchases, lookUps }: CallBatch): void {
    const { callsPerBatchMax, callBudgetMs } = this.limits;
    const count = calls.length + rowsOf(purchases?.orders) + (lookUps?.ids.length ?? 0);
    if (count > callsPerBatchMax) throw malformed(`${count} calls in one batch; at most ${callsPerBatchMax}`);
    const from = origin === undefined ? undefined : fromOrigin(origin);
    this.take([
      ...fromPurchases(purchases, callBudgetMs, from),
      ...fromLookUps(lookUps),
      ...calls.map((call) => fromCall(call, callBudgetMs, from)),
    ]);
  }

  private take(asked: readonly Call[]): void {
    const calls = asked.filter(isValidCall);
    this.unanswered += calls.length;
    if (calls.length < asked.length) this.send(asked.filter((call) => !isValidCall(call)).map(toInvalid));
    if (calls.length > 0) this.replica.take({ type: "calls", caller: this.caller, calls });
  }

  private onReplies(replies: readonly Reply[]): void {
    this.unanswered -= replies.length;
    this.send(replies);
    this.closeIfAnswered();
  }

  private onLastBatch(): void {
    this.noMoreCalls = true;
    this.closeIfAnswered();
  }

  private closeIfAnswered(): void {
    if (this.noMoreCalls && this.unanswered === 0) this.stream.close();
  }

  /** Every message weighs something: signs of life that nobody takes pile up too. */
  private send(replies: readonly Reply[]): void {
    let from = 0;
    let bytes = replyBytes;
    for (const [at, reply] of replies.entries()) {
      bytes += bytesOf(reply);
      if (bytes < fullMessageBytes || at + 1 === replies.length) continue;
      this.stream.send(toReplyBatch(replies.slice(from, at + 1)), bytes);
      from = at + 1;
      bytes = replyBytes;
    }
    this.stream.send(toReplyBatch(from === 0 ? replies : replies.slice(from)), bytes);
  }
}

/** At most, though names come once in a message. */
function bytesOf({ order, group }: Reply): number {
  let bytes = replyBytes;
  for (const { product } of group ?? (order === undefined ? [] : [order])) {
    bytes += orderBytes + product.length * unitBytes;
  }
  return bytes;
}

function toInvalid({ id, type }: Call): Reply {
  return { id, call: type === "buy" ? "buy" : "check", code: "invalid", order: undefined };
}
