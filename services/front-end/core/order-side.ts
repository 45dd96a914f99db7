import { Dispatcher } from "./dispatcher.ts";
import { Elector } from "./elector.ts";
import type { OrderLimits } from "./limits.ts";
import type { OrderEffect, OrderEvent, Route } from "./order-events.ts";
import { type Call, type ReplicaId, type ReplicaStatus, replicaIds } from "./types.ts";

/** What /readyz tells of the order side. */
export interface OrderStatus {
  readonly route: Route | undefined;
  /** The leader says that it serves, or is reached through another, which cannot tell. */
  readonly serving: boolean;
  readonly replicas: readonly { readonly id: ReplicaId; readonly status: ReplicaStatus | undefined }[];
}

/**
 * The elector says where the leader is, the dispatcher keeps the calls; a call
 * that fails is a doubt about the replica that it was sent to. Several steps
 * may be taken before a drain.
 */
export class OrderSide<Waiter> {
  private readonly elector: Elector;
  private readonly dispatcher: Dispatcher<Waiter>;
  private store: string | undefined;
  private reached = false;

  /** `frontEnd`: a random number of this start of the process, below 2^48. */
  constructor(limits: OrderLimits, frontEnd: number) {
    this.elector = new Elector(limits);
    this.dispatcher = new Dispatcher(limits, frontEnd);
  }

  /** The store's id, once a replica that knows a leader has told it. */
  get storeId(): string | undefined {
    return this.store;
  }

  /** Some replica has answered since the start. */
  get hasReachedAny(): boolean {
    return this.reached;
  }

  /** Calls that are not finished. */
  get callsUnderWay(): number {
    return this.dispatcher.size;
  }

  /** A purchase with this key would be refused: too many are under way. */
  refuses(key: string): boolean {
    return this.dispatcher.refuses(key);
  }

  /** "finish-call" follows. False: refused, too many are under way. */
  submit(nowMs: number, call: Call, waiter: Waiter): boolean {
    return this.dispatcher.submit(nowMs, call, waiter);
  }

  step(nowMs: number, event: OrderEvent): void {
    switch (event.type) {
      case "tick":
        this.elector.tick(nowMs);
        this.doubt(nowMs, this.dispatcher.tick(nowMs));
        break;
      case "pong":
        this.reached = true;
        // One that knows no leader may hold another store's data.
        if (event.status.leader !== undefined) this.store = event.status.storeId ?? this.store;
        this.elector.pong(nowMs, event.replica, event.ping, event.status);
        break;
      case "ping-failed":
        this.elector.pingFailed(nowMs, event.replica, event.ping);
        break;
      case "replies":
        this.doubt(nowMs, this.dispatcher.takeReplies(nowMs, event.stream, event.replies));
        break;
      case "calls-lost":
        this.doubt(nowMs, this.dispatcher.lost(event.stream));
        break;
    }
    this.dispatcher.direct(this.elector.route);
  }

  /** What is to be done since the last drain; calls are merged into batches. */
  drain(nowMs: number): OrderEffect<Waiter>[] {
    const actions = this.dispatcher.takeActions(nowMs);
    const asked = this.elector.takeActions();
    return asked.length === 0 ? actions : [...asked, ...actions];
  }

  status(): OrderStatus {
    const replicas = replicaIds.map((id) => ({ id, status: this.elector.statusOf(id) }));
    return { route: this.elector.route, serving: this.elector.isServing, replicas };
  }

  private doubt(nowMs: number, replica: ReplicaId | undefined): void {
    if (replica !== undefined) this.elector.doubt(nowMs, replica);
  }
}
