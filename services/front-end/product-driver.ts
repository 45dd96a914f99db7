import { unreachable } from "../lib/assert.ts";
import type { Clock } from "../lib/clock.ts";
import type { ProductLimits } from "./core/limits.ts";
import type { Invalidation, ProductEffect, ProductEvent, QueryReply } from "./core/product-events.ts";
import { ProductReads } from "./core/product-reads.ts";
import type { ReadOutcome, StreamId } from "./core/types.ts";
import type { CatalogPort, InvalidationsPort, InvalidationsTaker, OperatorPort, QueriesPort } from "./ports.ts";
import { Turn } from "./turn.ts";

export interface ProductDriverOptions<Value> {
  readonly limits: ProductLimits;
  readonly clock: Clock;
  /** setImmediate but in tests. */
  readonly defer: (callback: () => void) => void;
  readonly catalog: CatalogPort;
  readonly operator: OperatorPort;
  /** Makes what is handed out and cached from the catalog's answer. */
  readonly present: (product: string, reply: QueryReply) => Value;
}

type Resolve<Value> = (outcome: ReadOutcome<Value>) => void;

/** Brings reads, answers and invalidations to the product side, and performs what it decides. */
export class ProductDriver<Value> implements InvalidationsTaker {
  private readonly reads: ProductReads<Value, Resolve<Value>>;
  private readonly turn: Turn;
  private queries: { readonly stream: StreamId; readonly port: QueriesPort } | undefined;
  private readonly invalidations = new Map<StreamId, InvalidationsPort>();
  private generations = 0;

  constructor(private readonly options: ProductDriverOptions<Value>) {
    this.reads = new ProductReads(options.limits, options.present);
    this.turn = new Turn(() => this.drain(), options.defer);
  }

  /** The value to show at this very moment; undefined: ask with `read`. */
  cached(product: string): Value | undefined {
    return this.reads.cached(this.options.clock.now(), product);
  }

  /** Resolves within the read's time, whatever happens. */
  async read(product: string): Promise<ReadOutcome<Value>> {
    return await new Promise<ReadOutcome<Value>>((resolve) => {
      if (this.reads.read(this.options.clock.now(), product, resolve)) this.turn.schedule();
      else resolve({ type: "unavailable" });
    });
  }

  /**
   * The catalog opened a stream. Its messages are acknowledged at once, not at
   * the end of the turn: purchases wait for it.
   */
  open(port: InvalidationsPort): (message: Invalidation) => void {
    this.generations += 1;
    const stream = this.generations as StreamId;
    this.invalidations.set(stream, port);
    this.takeNow({ type: "invalidations-opened", stream });
    return (message) => this.takeNow({ type: "invalidation", stream, message });
  }

  status(): { readonly catalogUp: boolean; readonly leased: boolean; readonly cached: number } {
    return this.reads.status(this.options.clock.now());
  }

  /** Time has passed. */
  tick(): void {
    this.take({ type: "tick" });
  }

  /** Ends every stream; nothing follows. */
  close(): void {
    this.queries?.port.close();
    this.queries = undefined;
    for (const port of this.invalidations.values()) port.end();
    this.invalidations.clear();
  }

  private take(event: ProductEvent): void {
    this.reads.step(this.options.clock.now(), event);
    this.turn.schedule();
  }

  private takeNow(event: ProductEvent): void {
    this.reads.step(this.options.clock.now(), event);
    this.drain();
  }

  private drain(): void {
    for (const effect of this.reads.drain()) this.perform(effect);
  }

  private perform(effect: ProductEffect<Value, Resolve<Value>>): void {
    switch (effect.type) {
      case "open-queries":
        this.openQueries(effect.stream);
        break;
      case "close-queries":
        if (this.queries?.stream !== effect.stream) return;
        this.queries.port.close();
        this.queries = undefined;
        break;
      case "query":
        if (this.queries?.stream === effect.stream) this.queries.port.send(effect.items);
        break;
      case "finish-read":
        for (const resolve of effect.waiters) resolve(effect.outcome);
        break;
      case "acknowledge":
        this.invalidations.get(effect.stream)?.acknowledge(effect.sequence);
        break;
      case "end-invalidations":
        this.invalidations.get(effect.stream)?.end();
        this.invalidations.delete(effect.stream);
        break;
      case "notice":
        this.options.operator.notice(effect.level, effect.message, effect.details);
        break;
      default:
        unreachable(effect);
    }
  }

  private openQueries(stream: StreamId): void {
    const port = this.options.catalog.openQueries(
      (replies) => this.take({ type: "query-replies", stream, replies }),
      () => this.take({ type: "queries-lost", stream }),
    );
    this.queries = { stream, port };
  }
}
