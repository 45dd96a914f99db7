import { Cache } from "./cache.ts";
import { CatalogLink, type LinkAction } from "./catalog-link.ts";
import { Lease } from "./lease.ts";
import { LeaseNotices } from "./lease-notices.ts";
import type { ProductLimits } from "./limits.ts";
import type { Invalidation, ProductEffect, ProductEvent, QueryReply } from "./product-events.ts";
import { type Notice, noStream, type ReadOutcome, type StreamId } from "./types.ts";

/** A read that waits for the catalog. */
interface Waiting<Waiter> {
  readonly waiter: Waiter;
  readonly deadlineMs: number;
}

/** The one query under way, or about to be sent, for a product. */
interface Flight<Waiter> {
  readonly product: string;
  /** Chosen anew for each sending. */
  id: number;
  /** Where it was sent; none: not yet. */
  stream: StreamId;
  /** No invalidation of the product and no new generation since it was sent. */
  fillable: boolean;
  /** Reads that began before it was sent: its reply is theirs. */
  waiting: Waiting<Waiter>[];
  /** Reads that began since: the reply may be older than they are, so the next query is theirs. */
  later: Waiting<Waiter>[];
}

/**
 * Product reads: from the cache while the lease holds, otherwise from the
 * catalog, one query at a time for each product. `present` makes what is handed
 * out and cached from the catalog's answer. Waiters are the driver's own tokens.
 *
 * Why a cached value is never stale: every change is named on the Invalidate
 * stream before anyone is told of it, unless the lease has ended; messages are
 * taken in order, so whatever happened without a lease is named before the next
 * grant; and a value is only kept if nothing named its product since its query
 * left, so it is at least as new as the last message.
 */
export class ProductReads<Value, Waiter> {
  private readonly cache: Cache<string, Value>;
  private readonly lease: Lease;
  private readonly link: CatalogLink;
  private readonly flights = new Map<string, Flight<Waiter>>();
  private readonly flightById = new Map<number, Flight<Waiter>>();
  private unsent: Flight<Waiter>[] = [];
  private effects: ProductEffect<Value, Waiter>[] = [];
  private lastId = 0;
  private reads = 0;
  /** The Invalidate stream that is valid: the generation. */
  private invalidations: StreamId = noStream;
  private readonly notices: LeaseNotices;

  constructor(
    private readonly limits: ProductLimits,
    private readonly present: (product: string, reply: QueryReply) => Value,
  ) {
    this.cache = new Cache(limits.cacheEntriesMax);
    this.lease = new Lease(limits.leaseMs, limits.acknowledgementsMax);
    this.link = new CatalogLink(limits);
    this.notices = new LeaseNotices(limits);
  }

  /** The value to show at this very moment; undefined: ask with `read`. */
  cached(nowMs: number, product: string): Value | undefined {
    return this.lease.isValid(nowMs) ? this.cache.get(product) : undefined;
  }

  /** "finish-read" follows. False: refused, the catalog is down or too many reads wait. */
  read(nowMs: number, product: string, waiter: Waiter): boolean {
    if (this.reads >= this.limits.readsMax || this.link.isDown(nowMs)) return false;
    this.reads += 1;
    const waiting = { waiter, deadlineMs: nowMs + this.limits.readTimeoutMs };
    const flight = this.flights.get(product);
    if (flight === undefined) this.start(product, [waiting]);
    else if (flight.stream === noStream) flight.waiting.push(waiting);
    else flight.later.push(waiting);
    return true;
  }

  step(nowMs: number, event: ProductEvent): void {
    switch (event.type) {
      case "tick":
        this.act(this.link.tick(nowMs));
        this.expire(nowMs);
        this.tell(this.notices.tick(nowMs, this.lease.isValid(nowMs), this.link.isUp));
        break;
      case "query-replies":
        this.takeReplies(nowMs, event.stream, event.replies);
        break;
      case "queries-lost":
        this.act(this.link.lost(nowMs, event.stream));
        break;
      case "invalidations-opened":
        this.openGeneration(nowMs, event.stream);
        break;
      case "invalidation":
        if (event.stream === this.invalidations) this.invalidate(nowMs, event.message);
        break;
    }
  }

  /** What is to be done since the last drain; queries are merged into batches. */
  drain(): ProductEffect<Value, Waiter>[] {
    if (this.link.stream !== noStream) this.sendQueries(this.link.stream);
    const effects = this.effects;
    if (effects.length > 0) this.effects = [];
    return effects;
  }

  status(nowMs: number): { readonly catalogUp: boolean; readonly leased: boolean; readonly cached: number } {
    return { catalogUp: this.link.isUp, leased: this.lease.isValid(nowMs), cached: this.cache.size };
  }

  // ------------------------------------------------------------ queries

  private start(product: string, waiting: Waiting<Waiter>[]): void {
    const flight = { product, id: 0, stream: noStream, fillable: false, waiting, later: [] };
    this.flights.set(product, flight);
    this.unsent.push(flight);
  }

  private sendQueries(stream: StreamId): void {
    while (this.unsent.length > 0) {
      const flights = this.unsent.splice(0, this.limits.batchItemsMax);
      const items = flights.map((flight) => ({ id: this.launch(flight, stream), product: flight.product }));
      this.effects.push({ type: "query", stream, items });
    }
  }

  private launch(flight: Flight<Waiter>, stream: StreamId): number {
    flight.id = this.nextId();
    flight.stream = stream;
    flight.fillable = true;
    this.flightById.set(flight.id, flight);
    return flight.id;
  }

  /** Unique among the unanswered, within uint32. */
  private nextId(): number {
    do this.lastId = (this.lastId + 1) >>> 0;
    while (this.flightById.has(this.lastId));
    return this.lastId;
  }

  private takeReplies(nowMs: number, stream: StreamId, replies: readonly QueryReply[]): void {
    if (stream !== this.link.stream) return;
    this.act(this.link.heard(nowMs));
    for (const reply of replies) {
      const flight = this.flightById.get(reply.id);
      // A probe's answer, or one that came after everybody had stopped waiting.
      if (flight === undefined) continue;
      this.land(flight);
      this.settle(nowMs, flight, reply);
    }
  }

  private land(flight: Flight<Waiter>): void {
    this.flightById.delete(flight.id);
    this.flights.delete(flight.product);
  }

  private settle(nowMs: number, flight: Flight<Waiter>, reply: QueryReply): void {
    const { product } = flight;
    const outcome: ReadOutcome<Value> =
      reply.quantity < 0 ? { type: "unknown" } : { type: "found", value: this.present(product, reply) };
    if (outcome.type === "found" && flight.fillable && this.invalidations !== noStream) {
      this.cache.set(product, outcome.value);
    }
    this.finish(flight.waiting, outcome);
    if (flight.later.length === 0) return;
    const value = this.cached(nowMs, product);
    if (value === undefined) this.start(product, flight.later);
    else this.finish(flight.later, { type: "found", value });
  }

  private finish(waiting: readonly Waiting<Waiter>[], outcome: ReadOutcome<Value>): void {
    if (waiting.length === 0) return;
    this.reads -= waiting.length;
    this.effects.push({ type: "finish-read", waiters: waiting.map((one) => one.waiter), outcome });
  }

  private expire(nowMs: number): void {
    const outcome: ReadOutcome<Value> = { type: this.link.isUp ? "timeout" : "unavailable" };
    const isOver = (one: Waiting<Waiter> | undefined): boolean => one !== undefined && one.deadlineMs <= nowMs;
    let abandoned = 0;
    for (const flight of this.flights.values()) {
      // Within each list the oldest is first.
      if (!isOver(flight.waiting[0]) && !isOver(flight.later[0])) continue;
      this.finish(flight.waiting.filter(isOver), outcome);
      this.finish(flight.later.filter(isOver), outcome);
      flight.waiting = flight.waiting.filter((one) => !isOver(one));
      flight.later = flight.later.filter((one) => !isOver(one));
      if (flight.waiting.length > 0) continue;
      this.abandon(flight);
      abandoned += 1;
    }
    if (abandoned > 0) this.unsent = this.unsent.filter(({ waiting }) => waiting.length > 0);
  }

  /** Nobody waits for this query any more: it is forgotten, and those who came later get their own. */
  private abandon(flight: Flight<Waiter>): void {
    this.land(flight);
    if (flight.later.length > 0) this.start(flight.product, flight.later);
  }

  private act(actions: readonly LinkAction[]): void {
    for (const action of actions) {
      if (action.type === "notice") this.effects.push(action);
      else if (action.type === "open") this.effects.push({ type: "open-queries", stream: action.stream });
      else if (action.type === "lost") this.recall(action.stream);
      else this.effects.push({ type: "query", stream: action.stream, items: [{ id: this.nextId(), product: "" }] });
    }
  }

  /** The stream is gone: its queries go with the next one, for all who wait by then. */
  private recall(stream: StreamId): void {
    this.effects.push({ type: "close-queries", stream });
    for (const flight of this.flightById.values()) {
      flight.stream = noStream;
      flight.waiting.push(...flight.later);
      flight.later = [];
      this.unsent.push(flight);
    }
    this.flightById.clear();
  }

  // ------------------------------------------------------------ invalidations

  private openGeneration(nowMs: number, stream: StreamId): void {
    if (this.invalidations !== noStream) {
      this.effects.push({ type: "end-invalidations", stream: this.invalidations });
      this.tell(this.notices.superseded(nowMs));
    }
    this.invalidations = stream;
    this.cache.clear();
    this.lease.reset();
    for (const flight of this.flightById.values()) flight.fillable = false;
  }

  private invalidate(nowMs: number, message: Invalidation): void {
    for (const product of message.products) {
      this.cache.delete(product);
      const flight = this.flights.get(product);
      if (flight !== undefined) flight.fillable = false;
    }
    if (message.lease) this.lease.granted(message.echo);
    this.lease.acknowledged(message.sequence, nowMs);
    this.effects.push({ type: "acknowledge", stream: this.invalidations, sequence: message.sequence });
  }

  private tell(notice: Notice | undefined): void {
    if (notice !== undefined) this.effects.push(notice);
  }
}
