import { type ProductLimits, productLimits } from "../../../services/front-end/core/limits.ts";
import type { ProductEffect } from "../../../services/front-end/core/product-events.ts";
import { ProductReads } from "../../../services/front-end/core/product-reads.ts";
import type { ReadOutcome, StreamId } from "../../../services/front-end/core/types.ts";

type Effect = ProductEffect<string, string>;

/** The product side with time in the test's hand. Values are "name:quantity", waiters are names of reads. */
export class ProductWorld {
  nowMs = 1000;
  readonly reads: ProductReads<string, string>;
  /** What became of each read that is over. */
  readonly outcomes = new Map<string, ReadOutcome<string>>();
  /** All effects but finished reads, in order. */
  readonly effects: Exclude<Effect, { type: "finish-read" }>[] = [];
  private sequence = 0;
  private generation = 0;

  constructor(limits: Partial<ProductLimits> = {}) {
    this.reads = new ProductReads({ ...productLimits, ...limits }, (product, reply) => `${product}:${reply.quantity}`);
    this.tick();
  }

  /** The open Queries stream. */
  get stream(): StreamId {
    const opened = this.effects.findLast((effect) => effect.type === "open-queries");
    if (opened?.type !== "open-queries") throw new Error("no stream was opened");
    return opened.stream;
  }

  /** Queries sent and of no probe, oldest first. */
  get queries(): readonly { readonly id: number; readonly product: string; readonly stream: StreamId }[] {
    return this.effects.flatMap((effect) =>
      effect.type === "query"
        ? effect.items.filter((item) => item.product !== "").map((item) => ({ ...item, stream: effect.stream }))
        : [],
    );
  }

  get probes(): number {
    return this.effects.filter((effect) => effect.type === "query" && effect.items[0]?.product === "").length;
  }

  /** Time passes, with the ticks of a driver. */
  pass(ms: number): this {
    const endMs = this.nowMs + ms;
    while (this.nowMs < endMs) {
      this.nowMs = Math.min(endMs, this.nowMs + 10);
      this.tick();
    }
    return this;
  }

  /** Time passes while this process is stopped. */
  freeze(ms: number): this {
    this.nowMs += ms;
    return this;
  }

  tick(): this {
    this.reads.step(this.nowMs, { type: "tick" });
    return this.drain();
  }

  read(product: string, waiter = product): boolean {
    const taken = this.reads.read(this.nowMs, product, waiter);
    this.drain();
    return taken;
  }

  cached(product: string): string | undefined {
    return this.reads.cached(this.nowMs, product);
  }

  /** The catalog's answer to the newest query for the product. */
  answer(product: string, quantity: number): this {
    const query = this.queries.findLast((one) => one.product === product);
    if (query === undefined) throw new Error(`nobody asked for ${product}`);
    return this.reply(query.stream, query.id, quantity);
  }

  reply(stream: StreamId, id: number, quantity: number): this {
    this.reads.step(this.nowMs, { type: "query-replies", stream, replies: [{ id, priceCents: 100, quantity }] });
    return this.drain();
  }

  /** The catalog says something that answers nobody: it is up. */
  signOfLife(): this {
    this.reads.step(this.nowMs, { type: "query-replies", stream: this.stream, replies: [] });
    return this.drain();
  }

  loseQueries(stream = this.stream): this {
    this.reads.step(this.nowMs, { type: "queries-lost", stream });
    return this.drain();
  }

  openGeneration(): StreamId {
    const stream = (this.generation += 1) as StreamId;
    this.sequence = 0;
    this.reads.step(this.nowMs, { type: "invalidations-opened", stream });
    this.drain();
    return stream;
  }

  /** A message of the valid stream; it echoes the acknowledgement before it and grants a lease. */
  invalidate(products: readonly string[] = [], grant = true): this {
    const echo = this.sequence;
    this.sequence += 1;
    const message = { sequence: this.sequence, products, lease: grant && echo > 0, echo };
    this.reads.step(this.nowMs, { type: "invalidation", stream: this.generation as StreamId, message });
    return this.drain();
  }

  /** Up, with a fresh lease. */
  withLease(): this {
    this.signOfLife();
    this.openGeneration();
    return this.invalidate().invalidate();
  }

  private drain(): this {
    for (const effect of this.reads.drain()) {
      if (effect.type === "finish-read") {
        for (const waiter of effect.waiters) {
          if (this.outcomes.has(waiter)) throw new Error(`${waiter} was answered twice`);
          this.outcomes.set(waiter, effect.outcome);
        }
      } else this.effects.push(effect);
    }
    return this;
  }
}
