import { orderLimits, productLimits } from "../../../services/front-end/core/limits.ts";
import type { OrderEffect, OrderEvent } from "../../../services/front-end/core/order-events.ts";
import { OrderSide } from "../../../services/front-end/core/order-side.ts";
import type {
  Invalidation,
  ProductEffect,
  ProductEvent,
  QueryReply,
} from "../../../services/front-end/core/product-events.ts";
import { ProductReads } from "../../../services/front-end/core/product-reads.ts";
import type {
  Call,
  Outcome,
  Product,
  ReadOutcome,
  ReplicaId,
  StreamId,
} from "../../../services/front-end/core/types.ts";
import { unreachable } from "../../../services/lib/assert.ts";
import { randomInt } from "../../../services/lib/random.ts";
import { SimProcess } from "../kernel/sim-process.ts";
import { Stream, type StreamEnd } from "../network/stream.ts";
import type { CatalogNode, InvalidateStream, QueriesStream } from "./catalog-node.ts";
import { OrderLink } from "./order-link.ts";
import type { ReplicaNode } from "./replica-node.ts";
import { Calling, type Surroundings } from "./surroundings.ts";

/** Where an answer goes; it is gone if the asking client has given up or the front-end has died. */
export interface Waiter<Answer> {
  answer(answer: Answer): void;
}

export type CallWaiter = Waiter<Outcome>;

/** A product, and the change that made it so: that is for the checks. */
export interface SeenProduct extends Product {
  readonly version: number;
}
export type ReadAnswer = ReadOutcome<SeenProduct>;
export interface ReadWaiter {
  answer(answer: ReadAnswer, fromCache?: boolean): void;
}

/** The catalog's answers pass unchanged, and keep the version that the real ones leave out. */
type VersionedReply = QueryReply & { readonly version: number };

/** Something of a client that is under way at a front-end. */
interface OpenExchange {
  giveUp(): void;
}

/** What the checks see of a front-end. */
export interface FrontObserver {
  onCachedRead(front: FrontNode): void;
}

const tick = { type: "tick" } as const;

/** A front-end without its HTTP: the shipping cores, and around them what its driver and adapters do. */
export class FrontNode extends SimProcess {
  readonly exchanges = new Set<OpenExchange>();
  private orders: OrderSide<CallWaiter> | undefined;
  private reads: ProductReads<SeenProduct, ReadWaiter> | undefined;
  private draining = false;
  private readonly orderLink: OrderLink;
  private queries: { readonly id: StreamId; readonly stream: QueriesStream } | undefined;
  private invalidations: { readonly id: StreamId; readonly stream: InvalidateStream } | undefined;
  private streams = 0;

  constructor(
    place: number,
    name: string,
    readonly surroundings: Surroundings,
    readonly replicas: readonly ReplicaNode[],
    private readonly catalog: CatalogNode,
    private readonly observer: FrontObserver,
  ) {
    super(place, name, surroundings.timeline);
    this.orderLink = new OrderLink(this);
  }

  end(how: "kill" | "power"): void {
    if (how === "kill") this.surroundings.network.closeAllOf(this);
    else this.isDark = true;
    this.stop();
    const open = [...this.exchanges];
    this.exchanges.clear();
    for (const exchange of open) exchange.giveUp();
  }

  protected boot(): void {
    const { planted } = this.surroundings;
    this.orders = planted.orderSide(
      this,
      new OrderSide<CallWaiter>(orderLimits, randomInt(this.surroundings.dice.cores, 2 ** 48)),
    );
    this.reads = planted.productReads(
      this,
      new ProductReads<SeenProduct, ReadWaiter>(productLimits, (name, reply) => {
        const { priceCents, quantity, version } = reply as VersionedReply;
        return { name, priceCents, quantity, version };
      }),
    );
    this.tick();
  }

  protected halt(): void {
    this.orders = undefined;
    this.reads = undefined;
    this.draining = false;
    this.orderLink.reset();
    this.queries = undefined;
    this.invalidations = undefined;
  }

  // ------------------------------------------------------------ clients

  /** A purchase or look-up. False: refused. */
  call(call: Call, waiter: CallWaiter): boolean {
    const taken = this.orders?.submit(this.localMs, call, waiter) ?? false;
    this.drainSoon();
    return taken;
  }

  /** A product read; the answer comes at once from the cache, or later. */
  read(product: string, waiter: ReadWaiter): void {
    const { reads } = this;
    if (reads === undefined) return;
    const value = reads.cached(this.localMs, product);
    if (value !== undefined) {
      this.observer.onCachedRead(this);
      waiter.answer({ type: "found", value }, true);
    } else if (!reads.read(this.localMs, product, waiter)) {
      waiter.answer({ type: "unavailable" });
    }
    this.drainSoon();
  }

  // ------------------------------------------------------------ turns

  takeOrder(event: OrderEvent): void {
    try {
      this.orders?.step(this.localMs, event);
    } catch (error) {
      this.broken(error);
    }
    this.drainSoon();
  }

  takeProduct(event: ProductEvent): void {
    try {
      this.reads?.step(this.localMs, event);
    } catch (error) {
      this.broken(error);
    }
    this.drainSoon();
  }

  private broken(error: unknown): void {
    this.surroundings.log.fail("an invariant of the code holds", `${this.name}: ${String(error)}`);
  }

  private drainSoon(): void {
    if (this.draining || this.orders === undefined) return;
    this.draining = true;
    const { dice, machines } = this.surroundings;
    this.after(dice.turns.skewed(0.01, machines.turnHighMs), this.drainer);
  }

  private readonly drainer = new Calling(() => this.drain());

  private drain(): void {
    this.draining = false;
    if (this.orders === undefined || this.reads === undefined) return;
    try {
      for (const effect of this.orders.drain(this.localMs)) this.performOrder(effect);
      for (const effect of this.reads.drain()) this.performProduct(effect);
    } catch (error) {
      this.broken(error);
    }
  }

  /** A turn of its own: nothing else has happened at this very moment. */
  private tick(): void {
    try {
      this.orders?.step(this.localMs, tick);
      this.reads?.step(this.localMs, tick);
    } catch (error) {
      this.broken(error);
    }
    this.drain();
    this.after(this.surroundings.tickMs, this.ticking);
  }

  private readonly ticking = new Calling(() => this.tick());

  // ------------------------------------------------------------ orders

  private performOrder(effect: OrderEffect<CallWaiter>): void {
    switch (effect.type) {
      case "ping":
        return this.orderLink.ping(effect.replica, effect.ping, effect.nominee);
      case "open-calls":
        return this.orderLink.open(effect.replica, effect.stream);
      case "close-calls":
        return this.orderLink.close(effect.stream);
      case "send-calls":
        return this.orderLink.send(effect.stream, effect.origin, effect.calls);
      case "finish-call":
        for (const waiter of effect.waiters) waiter.answer(effect.outcome);
        return;
      case "notice":
        if (this.surroundings.log.tells) this.tell(`${effect.message} ${JSON.stringify(effect.details)}`);
        return;
      default:
        return unreachable(effect);
    }
  }

  replica(id: ReplicaId): ReplicaNode {
    const replica = this.replicas[id - 1];
    if (replica === undefined) throw new Error(`replica ${id} does not exist`);
    return replica;
  }

  // ------------------------------------------------------------ products

  private performProduct(effect: ProductEffect<SeenProduct, ReadWaiter>): void {
    switch (effect.type) {
      case "open-queries":
        return this.openQueries(effect.stream);
      case "close-queries":
        if (this.queries?.id === effect.stream) this.queries.stream.closeFromOpener();
        return;
      case "query":
        if (this.queries?.id === effect.stream) this.queries.stream.sendUp(effect.items);
        return;
      case "finish-read":
        for (const waiter of effect.waiters) waiter.answer(effect.outcome);
        return;
      case "acknowledge":
        if (this.invalidations?.id === effect.stream) this.invalidations.stream.sendDown(effect.sequence);
        return;
      case "end-invalidations":
        if (this.invalidations?.id === effect.stream) this.invalidations.stream.closeFromAcceptor();
        return;
      case "notice":
        if (this.surroundings.log.tells) this.tell(effect.message);
        return;
      default:
        return unreachable(effect);
    }
  }

  private openQueries(id: StreamId): void {
    const stream: QueriesStream = new Stream(
      this.surroundings.network,
      this,
      this.catalog,
      {
        onMessage: (replies) => this.takeProduct({ type: "query-replies", stream: id, replies }),
        onClosed: () => this.takeProduct({ type: "queries-lost", stream: id }),
      },
      (accepted: QueriesStream) => this.catalog.acceptQueries(accepted),
    );
    this.queries = { id, stream };
  }

  /** The catalog dials. */
  acceptInvalidations(stream: InvalidateStream): StreamEnd<Invalidation> | undefined {
    if (this.reads === undefined) return undefined;
    this.streams += 1;
    const id = this.streams as StreamId;
    const older = this.invalidations;
    this.takeProduct({ type: "invalidations-opened", stream: id });
    older?.stream.closeFromAcceptor();
    this.invalidations = { id, stream };
    return {
      onMessage: (message) => this.takeProduct({ type: "invalidation", stream: id, message }),
      onClosed: () => undefined,
    };
  }

  tell(what: string): void {
    this.surroundings.log.tell(this.name, what);
  }
}
