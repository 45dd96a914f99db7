import { assert, unreachable } from "../lib/assert.ts";
import type { Clock } from "../lib/clock.ts";
import { type Random, randomInt } from "../lib/random.ts";
import type { OrderLimits } from "./core/limits.ts";
import type { OrderEffect, OrderEvent } from "./core/order-events.ts";
import { OrderSide, type OrderStatus } from "./core/order-side.ts";
import type { Call, Outcome, ReplicaId, StreamId } from "./core/types.ts";
import type { CallsPort, OperatorPort, ReplicaPort } from "./ports.ts";
import { Turn } from "./turn.ts";

export interface OrderDriverOptions {
  readonly limits: OrderLimits;
  readonly clock: Clock;
  readonly random: Random;
  /** setImmediate but in tests. */
  readonly defer: (callback: () => void) => void;
  readonly replicas: ReadonlyMap<ReplicaId, ReplicaPort>;
  readonly operator: OperatorPort;
}

type Resolve = (outcome: Outcome) => void;

/** Brings clients' calls and replicas' answers to the order side, and performs what it decides. */
export class OrderDriver {
  private readonly side: OrderSide<Resolve>;
  private readonly turn: Turn;
  /** Calls taken since the last drain. */
  private gathered = 0;
  private readonly streams = new Map<StreamId, CallsPort>();

  constructor(private readonly options: OrderDriverOptions) {
    this.side = new OrderSide(options.limits, randomInt(options.random, 2 ** 48));
    this.turn = new Turn(() => this.drain(), options.defer, options.limits.gatherTurnsMax);
  }

  /** The store's id, once any replica has told it. */
  get storeId(): string | undefined {
    return this.side.storeId;
  }

  get hasReachedAny(): boolean {
    return this.side.hasReachedAny;
  }

  /** A purchase with this key would be refused: too many are under way. */
  refuses(key: string): boolean {
    return this.side.refuses(key);
  }

  /** Resolves within the call's time, whatever happens. */
  call(call: Call): Promise<Outcome> {
    return new Promise<Outcome>((resolve) => {
      if (!this.side.submit(this.options.clock.now(), call, resolve)) {
        resolve({ code: "not-executed", orderNumber: -1, order: undefined });
        return;
      }
      this.gathered += 1;
      // Under an overload a turn takes long: the replicas work meanwhile.
      if (this.gathered >= this.options.limits.gatheredMax) this.drain();
      else this.turn.gather();
    });
  }

  status(): OrderStatus {
    return this.side.status();
  }

  /** Time has passed. */
  tick(): void {
    this.take({ type: "tick" });
  }

  /** Ends every stream; nothing follows. */
  close(): void {
    for (const stream of this.streams.values()) stream.close();
    this.streams.clear();
  }

  private take(event: OrderEvent): void {
    this.side.step(this.options.clock.now(), event);
    this.turn.schedule();
  }

  private drain(): void {
    this.gathered = 0;
    for (const effect of this.side.drain(this.options.clock.now())) this.perform(effect);
  }

  private perform(effect: OrderEffect<Resolve>): void {
    switch (effect.type) {
      case "ping":
        this.ping(effect.replica, effect.ping, effect.nominee);
        break;
      case "open-calls":
        this.open(effect.replica, effect.stream);
        break;
      case "close-calls":
        this.streams.get(effect.stream)?.close();
        this.streams.delete(effect.stream);
        break;
      case "send-calls":
        this.streams.get(effect.stream)?.send(effect.origin, effect.calls);
        break;
      case "finish-call":
        for (const resolve of effect.waiters) resolve(effect.outcome);
        break;
      case "notice":
        this.options.operator.notice(effect.level, effect.message, effect.details);
        break;
      default:
        unreachable(effect);
    }
  }

  private ping(replica: ReplicaId, ping: number, nominee: ReplicaId | undefined): void {
    this.port(replica)
      .ping(nominee)
      .then(
        (status) => this.take({ type: "pong", replica, ping, status }),
        () => this.take({ type: "ping-failed", replica, ping }),
      );
  }

  private open(replica: ReplicaId, stream: StreamId): void {
    const port = this.port(replica).openCalls(
      (replies) => this.take({ type: "replies", stream, replies }),
      () => this.take({ type: "calls-lost", stream }),
    );
    this.streams.set(stream, port);
  }

  private port(replica: ReplicaId): ReplicaPort {
    const port = this.options.replicas.get(replica);
    assert(port !== undefined, `there is a port for replica ${replica}`);
    return port;
  }
}
