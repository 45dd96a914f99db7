import { expect, test } from "bun:test";
import fc from "fast-check";
import { ProductWorld } from "./product-world.ts";

/**
 * One product, whose value counts the changes released so far, and a catalog
 * that keeps front.proto's side of the bargain: it names a change before it is
 * released, and releases it when the change is acknowledged or the lease that it
 * granted last is over.
 */
class Bargain {
  readonly world = new ProductWorld({ readTimeoutMs: 60_000 });
  private released = 0;
  private leaseEndsAtMs = 0;
  private generation = 0;
  private echo = 0;
  private sequence = 0;
  /** Messages on their way to the front-end. */
  private wire: { sequence: number; products: string[]; lease: boolean; echo: number }[] = [];
  /** Answers on their way to the front-end. */
  private answers: { id: number; value: number }[] = [];
  private asked = 0;
  /** A change that is named and not yet released. */
  private pending: number | undefined;
  private reads = 0;
  readonly began = new Map<string, number>();

  constructor() {
    this.world.signOfLife();
    this.reopen();
  }

  reopen(): void {
    this.generation = this.world.openGeneration();
    this.sequence = 0;
    this.echo = 0;
    this.wire = [];
    if (this.pending !== undefined) this.send(true);
  }

  /** A heartbeat or, with `change`, the naming of one. */
  send(change: boolean): void {
    this.sequence += 1;
    const lease = this.echo > 0 && this.pending === undefined;
    if (lease) this.leaseEndsAtMs = this.world.nowMs + 500;
    this.wire.push({ sequence: this.sequence, products: change ? ["Tux"] : [], lease, echo: this.echo });
  }

  change(): void {
    if (this.pending !== undefined) return;
    this.pending = this.sequence + 1;
    this.send(true);
  }

  deliver(): void {
    const message = this.wire.shift();
    if (message === undefined) return;
    const stream = this.generation as never;
    this.world.reads.step(this.world.nowMs, { type: "invalidation", stream, message });
    this.world.tick();
    this.echo = message.sequence;
    this.release(message.products.length > 0);
  }

  pass(ms: number): void {
    this.world.freeze(ms).signOfLife();
    this.release(false);
  }

  read(): void {
    const cached = this.world.cached("Tux");
    if (cached !== undefined) expect(cached).toBe(`Tux:${this.released}`);
    else {
      const name = `read ${(this.reads += 1)}`;
      this.began.set(name, this.released);
      this.world.read("Tux", name);
    }
    this.takeQueries();
  }

  answer(): void {
    const answer = this.answers.shift();
    if (answer !== undefined) this.world.reply(this.world.stream, answer.id, answer.value);
    this.takeQueries();
    for (const [name, outcome] of this.world.outcomes) {
      if (outcome.type !== "found") throw new Error(`a read ended with ${outcome.type}`);
      expect(Number(outcome.value.slice("Tux:".length))).toBeGreaterThanOrEqual(this.began.get(name) ?? 0);
    }
    this.world.outcomes.clear();
  }

  private release(acknowledged: boolean): void {
    if (this.pending === undefined) return;
    if (!acknowledged && this.world.nowMs < this.leaseEndsAtMs) return;
    this.pending = undefined;
    this.released += 1;
    this.takeQueries();
  }

  /** The catalog answers with released values only, and not while a change is pending. */
  private takeQueries(): void {
    if (this.pending !== undefined) return;
    for (const query of this.world.queries.slice(this.asked)) this.answers.push({ id: query.id, value: this.released });
    this.asked = this.world.queries.length;
  }
}

/** What may happen next, the usual more often than the rare. */
const step = fc.oneof(
  { weight: 8, arbitrary: fc.constant("read" as const) },
  { weight: 8, arbitrary: fc.constant("answer" as const) },
  { weight: 8, arbitrary: fc.constant("deliver" as const) },
  { weight: 5, arbitrary: fc.constant("heartbeat" as const) },
  { weight: 3, arbitrary: fc.constant("change" as const) },
  { weight: 1, arbitrary: fc.constant("reopen" as const) },
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 50 }) },
  { weight: 1, arbitrary: fc.integer({ min: 50, max: 500 }) },
);

test("no read shows less than what was released before it began, whatever is late", () => {
  const run = (steps: readonly (typeof step extends fc.Arbitrary<infer T> ? T : never)[]): void => {
    const bargain = new Bargain();
    for (const one of steps) {
      if (typeof one === "number") bargain.pass(one);
      else if (one === "read") bargain.read();
      else if (one === "change") bargain.change();
      else if (one === "deliver") bargain.deliver();
      else if (one === "answer") bargain.answer();
      else if (one === "heartbeat") bargain.send(false);
      else bargain.reopen();
    }
  };
  fc.assert(fc.property(fc.array(step, { minLength: 100, maxLength: 300 }), run), { numRuns: 300 });
});
