import { type OrderLimits, orderLimits } from "../../../services/front-end/core/limits.ts";
import type { OrderEffect } from "../../../services/front-end/core/order-events.ts";
import { OrderSide } from "../../../services/front-end/core/order-side.ts";
import type {
  Call,
  Origin,
  Outcome,
  ReplicaId,
  ReplicaStatus,
  Reply,
  ReplyCode,
  SentCall,
  StreamId,
} from "../../../services/front-end/core/types.ts";

type Effect = OrderEffect<string>;
type Ping = Effect & { type: "ping" };

export const one = 1 as ReplicaId;
export const two = 2 as ReplicaId;
export const three = 3 as ReplicaId;

/** What a replica answers to Ping unless told otherwise: a follower that knows no leader, with an empty log. */
export function statusWith(changes: Partial<ReplicaStatus> = {}): ReplicaStatus {
  return {
    term: 0,
    lastIndex: 0,
    lastTerm: 0,
    commitIndex: 0,
    leader: undefined,
    eligible: true,
    storeId: "store",
    serving: false,
    ...changes,
  };
}

export function leads(id: ReplicaId, term: number): ReplicaStatus {
  return statusWith({ term, leader: id, serving: true });
}

export function buyOf(key: string, product = "Tux", quantity = 1): Call {
  return { type: "buy", key, product, quantity };
}

/** What a replica does when it is pinged: answers with this, refuses, or stays silent. */
export type Behaviour = ReplicaStatus | "refuses" | "silent";

/** The order side with time in the test's hand. Waiters are names of calls. */
export class OrderWorld {
  nowMs = 1000;
  readonly side: OrderSide<string>;
  readonly outcomes = new Map<string, Outcome>();
  readonly pings: (Ping & { readonly atMs: number })[] = [];
  readonly effects: Effect[] = [];
  /** What each replica answers from now on, at once. */
  readonly behaviours = new Map<ReplicaId, Behaviour>([one, two, three].map((id) => [id, statusWith()]));

  constructor(limits: Partial<OrderLimits> = {}) {
    this.side = new OrderSide({ ...orderLimits, ...limits }, 1);
  }

  get route() {
    return this.side.status().route;
  }

  /** The newest Calls stream. */
  get stream(): StreamId {
    return this.openings.at(-1)?.stream ?? (0 as StreamId);
  }

  get openings() {
    return this.effects.filter((effect) => effect.type === "open-calls");
  }

  get closings(): StreamId[] {
    return this.effects.flatMap((effect) => (effect.type === "close-calls" ? [effect.stream] : []));
  }

  /** Calls sent, oldest first. */
  get sent(): (SentCall & { readonly stream: StreamId; readonly origin: Origin })[] {
    return this.effects.flatMap((effect) =>
      effect.type === "send-calls"
        ? effect.calls.map((call) => ({ ...call, stream: effect.stream, origin: effect.origin }))
        : [],
    );
  }

  get notices(): string[] {
    return this.effects.flatMap((effect) => (effect.type === "notice" ? [effect.message] : []));
  }

  get nominations(): { readonly to: ReplicaId; readonly nominee: ReplicaId; readonly atMs: number }[] {
    return this.pings.flatMap(({ replica: to, nominee, atMs }) =>
      nominee === undefined ? [] : [{ to, nominee, atMs }],
    );
  }

  set(id: ReplicaId, behaviour: Behaviour): this {
    this.behaviours.set(id, behaviour);
    return this;
  }

  /** All replicas say that this one leads, and it says so itself. */
  follow(id: ReplicaId, term: number): this {
    for (const replica of [one, two, three])
      this.set(replica, statusWith({ term, leader: id, serving: replica === id }));
    return this;
  }

  /** Time passes, with the ticks of a driver and the open stream's signs of life. */
  pass(ms: number, options: { quiet?: boolean } = {}): this {
    const endMs = this.nowMs + ms;
    while (this.nowMs < endMs) {
      this.nowMs = Math.min(endMs, this.nowMs + 10);
      if (options.quiet !== true) this.replies(this.stream, []);
      this.tick();
    }
    return this;
  }

  tick(): this {
    this.side.step(this.nowMs, { type: "tick" });
    return this.drain();
  }

  submit(call: Call, name: string): boolean {
    const taken = this.side.submit(this.nowMs, call, name);
    this.drain();
    return taken;
  }

  /** The newest sending of the call is answered. */
  answer(name: string, code: ReplyCode, orderNumber = -1): this {
    const sending = this.sent.findLast(({ call }) => call.type === "buy" && call.key === name);
    if (sending === undefined) throw new Error(`${name} was not sent`);
    return this.replies(sending.stream, [{ id: sending.id, code, orderNumber, order: undefined }]);
  }

  replies(stream: StreamId, replies: readonly Reply[]): this {
    this.side.step(this.nowMs, { type: "replies", stream, replies });
    return this.drain();
  }

  lose(stream = this.stream): this {
    this.side.step(this.nowMs, { type: "calls-lost", stream });
    return this.drain();
  }

  drain(): this {
    for (;;) {
      const effects = this.side.drain(this.nowMs);
      if (effects.length === 0) return this;
      for (const effect of effects) this.perform(effect);
    }
  }

  private perform(effect: Effect): void {
    this.effects.push(effect);
    if (effect.type === "finish-call") {
      for (const waiter of effect.waiters) {
        if (this.outcomes.has(waiter)) throw new Error(`${waiter} was answered twice`);
        this.outcomes.set(waiter, effect.outcome);
      }
    }
    if (effect.type !== "ping") return;
    this.pings.push({ ...effect, atMs: this.nowMs });
    const behaviour = this.behaviours.get(effect.replica) ?? "silent";
    const { replica, ping } = effect;
    if (behaviour === "refuses") this.side.step(this.nowMs, { type: "ping-failed", replica, ping });
    else if (behaviour !== "silent") this.side.step(this.nowMs, { type: "pong", replica, ping, status: behaviour });
  }
}
