import { assert } from "../../lib/assert.ts";
import type { OrderLimits } from "./limits.ts";
import type { Route } from "./order-events.ts";
import {
  type Call,
  noStream,
  type Origin,
  type Outcome,
  type ReplicaId,
  type Reply,
  type ReplyCode,
  type SentCall,
  type StreamId,
} from "./types.ts";

/** What the dispatcher wants done. */
export type DispatcherAction<Waiter> =
  | { readonly type: "open-calls"; readonly replica: ReplicaId; readonly stream: StreamId }
  | { readonly type: "close-calls"; readonly stream: StreamId }
  | {
      readonly type: "send-calls";
      readonly stream: StreamId;
      readonly origin: Origin;
      readonly calls: readonly SentCall[];
    }
  | { readonly type: "finish-call"; readonly waiters: readonly Waiter[]; readonly outcome: Outcome };

/** A call under way. */
interface Pending<Waiter> {
  readonly id: number;
  readonly call: Call;
  readonly deadlineMs: number;
  /** All who asked for this with the same key and body. */
  readonly waiters: Waiter[];
  /** Where it was sent and is unanswered; none while it waits to be sent. */
  stream: StreamId;
  /** An earlier attempt ended without a certain answer, so it may have been, or may yet be, executed. */
  mayHaveExecuted: boolean;
  /** It waits for this moment before it is sent again. */
  restsUntilMs: number;
}

/** The one Calls stream in use. */
interface Stream {
  readonly id: StreamId;
  readonly replica: ReplicaId;
  heardAtMs: number;
}

/**
 * The table of calls under way: sends them where the route goes, sends them
 * again with what is left of their deadline when that replica fails, and ends
 * each with the most that is certain. Purchases carry their key, so an attempt
 * that was executed after all is found by the next.
 */
export class Dispatcher<Waiter> {
  /** By id, and oldest first: all have the same time, so the first to run out is the first. */
  private readonly calls = new Map<number, Pending<Waiter>>();
  /** Purchases by key; of two bodies with one key, the first. */
  private readonly buys = new Map<string, Pending<Waiter>>();
  private waiting: Pending<Waiter>[] = [];
  private resting: Pending<Waiter>[] = [];
  private actions: DispatcherAction<Waiter>[] = [];
  private stream: Stream | undefined;
  private target: Route | undefined;
  /** Raised whenever a purchase is left behind without knowing how it ended: leaders then refuse what is older. */
  private attempt = 1;
  private waiters = 0;
  private lastId = 0;
  private streams = 0;
  private lastTickMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly limits: OrderLimits,
    /** A random number of this start of the process. */
    private readonly frontEnd: number,
  ) {}

  /** Calls that are not finished. */
  get size(): number {
    return this.calls.size;
  }

  /** A purchase with this key would be refused. One that is under way may be executed: no refusal is true for it. */
  refuses(key: string): boolean {
    return this.waiters >= this.limits.callsMax && !this.buys.has(key);
  }

  /** "finish-call" follows. False: refused, too many are under way. */
  submit(nowMs: number, call: Call, waiter: Waiter): boolean {
    const first = call.type === "buy" ? this.buys.get(call.key) : undefined;
    const same = first !== undefined && isSameBody(first.call, call) ? first : undefined;
    if (this.waiters >= this.limits.callsMax) {
      if (same === undefined) return false;
      const outcome = { code: "unknown-outcome", orderNumber: -1, order: undefined } as const;
      this.actions.push({ type: "finish-call", waiters: [waiter], outcome });
      return true;
    }
    this.waiters += 1;
    if (same === undefined) this.add(nowMs, call, waiter);
    else same.waiters.push(waiter);
    return true;
  }

  /** Calls go this way from now on; undefined: nowhere, for the moment. */
  direct(target: Route | undefined): void {
    this.target = target;
    if (target === undefined || this.stream === undefined || this.stream.replica === target.via) return;
    this.abandon(this.stream);
  }

  /** Returns the replica that has fallen silent, if any. */
  tick(nowMs: number): ReplicaId | undefined {
    // After a pause of this process the replica gets its full time to be heard.
    const paused = nowMs - this.lastTickMs > this.limits.ownPauseMs;
    this.lastTickMs = nowMs;
    this.expire(nowMs);
    this.wake(nowMs);
    if (this.stream === undefined) return undefined;
    if (paused) this.stream.heardAtMs = nowMs;
    if (nowMs - this.stream.heardAtMs < this.limits.silenceMs) return undefined;
    const { replica } = this.stream;
    this.abandon(this.stream);
    return replica;
  }

  /** The stream ended. Returns the replica if it was the one in use. */
  lost(stream: StreamId): ReplicaId | undefined {
    if (this.stream?.id !== stream) return undefined;
    const { replica } = this.stream;
    this.abandon(this.stream);
    return replica;
  }

  /** Returns the replica if it answered that it does not lead, or no longer. */
  takeReplies(nowMs: number, stream: StreamId, replies: readonly Reply[]): ReplicaId | undefined {
    // What an abandoned stream still says comes too late: its calls are elsewhere.
    if (this.stream?.id !== stream) return undefined;
    this.stream.heardAtMs = nowMs;
    let deposed = false;
    for (const reply of replies) {
      const pending = this.calls.get(reply.id);
      if (pending !== undefined && pending.stream === stream)
        deposed = this.takeReply(nowMs, pending, reply) || deposed;
    }
    return deposed ? this.stream.replica : undefined;
  }

  takeActions(nowMs: number): DispatcherAction<Waiter>[] {
    if (this.target !== undefined) this.send(nowMs, this.target);
    const actions = this.actions;
    if (actions.length > 0) this.actions = [];
    return actions;
  }

  // ------------------------------------------------------------ in and out

  private add(nowMs: number, call: Call, waiter: Waiter): void {
    const pending: Pending<Waiter> = {
      id: this.nextId(),
      call,
      deadlineMs: nowMs + this.limits.callTimeoutMs,
      waiters: [waiter],
      stream: noStream,
      mayHaveExecuted: false,
      restsUntilMs: 0,
    };
    this.calls.set(pending.id, pending);
    if (call.type === "buy" && !this.buys.has(call.key)) this.buys.set(call.key, pending);
    this.waiting.push(pending);
  }

  /** Unique among the unfinished, within uint32. */
  private nextId(): number {
    do this.lastId = (this.lastId + 1) >>> 0;
    while (this.calls.has(this.lastId));
    return this.lastId;
  }

  private finish(pending: Pending<Waiter>, code: Outcome["code"], reply?: Reply): void {
    const { call, waiters } = pending;
    this.calls.delete(pending.id);
    if (call.type === "buy" && this.buys.get(call.key) === pending) this.buys.delete(call.key);
    this.waiters -= waiters.length;
    const outcome = { code, orderNumber: reply?.orderNumber ?? -1, order: reply?.order, group: reply?.group };
    this.actions.push({ type: "finish-call", waiters, outcome });
  }

  // ------------------------------------------------------------ sending

  private send(nowMs: number, target: Route): void {
    this.stream ??= this.open(nowMs, target.via);
    const stream = this.stream.id;
    if (this.waiting.length === 0) return;
    const due = this.waiting;
    this.waiting = [];
    const origin: Origin = { frontEnd: this.frontEnd, attempt: this.attempt, term: target.term };
    for (let first = 0; first < due.length; first += this.limits.batchCallsMax) {
      const calls: SentCall[] = [];
      for (const pending of due.slice(first, first + this.limits.batchCallsMax)) {
        pending.stream = stream;
        const budgetMs = Math.max(1, Math.floor(pending.deadlineMs - nowMs));
        calls.push({ id: pending.id, call: pending.call, budgetMs });
      }
      this.actions.push({ type: "send-calls", stream, origin, calls });
    }
  }

  private open(nowMs: number, replica: ReplicaId): Stream {
    this.streams += 1;
    const id = this.streams as StreamId;
    this.actions.push({ type: "open-calls", replica, stream: id });
    return { id, replica, heardAtMs: nowMs };
  }

  /** Whatever is unanswered on the stream goes out again, to whoever leads then. */
  private abandon(stream: Stream): void {
    this.stream = undefined;
    this.actions.push({ type: "close-calls", stream: stream.id });
    const again: Pending<Waiter>[] = [];
    for (const pending of this.calls.values()) {
      if (pending.stream !== stream.id) continue;
      this.returnToWait(pending);
      again.push(pending);
    }
    this.waiting = [...again, ...this.waiting];
  }

  private returnToWait(pending: Pending<Waiter>): void {
    pending.stream = noStream;
    pending.mayHaveExecuted = true;
    this.leaveBehind();
  }

  /** What follows is a new attempt: the leader that takes it refuses what is still on its way. */
  private leaveBehind(): void {
    this.attempt += 1;
  }

  // ------------------------------------------------------------ answers

  /** True: the replica does not lead, or no longer. */
  private takeReply(nowMs: number, pending: Pending<Waiter>, reply: Reply): boolean {
    assert(pending.stream !== noStream, "a reply is taken only for a call that was sent");
    if (reply.code === "not-leader" || reply.code === "unknown-outcome") {
      pending.stream = noStream;
      if (reply.code === "unknown-outcome") {
        pending.mayHaveExecuted = true;
        this.leaveBehind();
      }
      this.waiting.push(pending);
      return true;
    }
    if (reply.code === "not-executed" && pending.mayHaveExecuted) this.rest(nowMs, pending);
    else this.finish(pending, reply.code satisfies Exclude<ReplyCode, "not-leader" | "unknown-outcome">, reply);
    return false;
  }

  /** This attempt was not executed, but an earlier one may have been: the next may find out. */
  private rest(nowMs: number, pending: Pending<Waiter>): void {
    pending.stream = noStream;
    pending.restsUntilMs = nowMs + this.limits.restMs;
    this.resting.push(pending);
  }

  private wake(nowMs: number): void {
    while (this.resting[0] !== undefined && this.resting[0].restsUntilMs <= nowMs) {
      const pending = this.resting.shift();
      if (pending !== undefined) this.waiting.push(pending);
    }
  }

  // ------------------------------------------------------------ deadlines

  private expire(nowMs: number): void {
    let expired = 0;
    for (const pending of this.calls.values()) {
      if (pending.deadlineMs > nowMs) break;
      if (pending.stream !== noStream) this.leaveBehind();
      this.finish(pending, this.verdict(pending));
      expired += 1;
    }
    if (expired === 0) return;
    const isOpen = (pending: Pending<Waiter>): boolean => this.calls.has(pending.id);
    this.waiting = this.waiting.filter(isOpen);
    this.resting = this.resting.filter(isOpen);
  }

  /** A look-up changes nothing, so only one that was left unanswered is a failure of ours. */
  private verdict(pending: Pending<Waiter>): "unknown-outcome" | "not-executed" {
    if (pending.stream !== noStream) return "unknown-outcome";
    return pending.call.type === "buy" && pending.mayHaveExecuted ? "unknown-outcome" : "not-executed";
  }
}

function isSameBody(one: Call, other: Call): boolean {
  return one.type === "buy" && other.type === "buy" && one.product === other.product && one.quantity === other.quantity;
}
