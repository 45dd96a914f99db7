import type { Clock } from "../../lib/clock.ts";
import { type Random, randomInt } from "../../lib/random.ts";
import type { Connection } from "../connection.ts";
import type { Finding } from "../proof/findings.ts";
import type { Journal } from "../proof/journal.ts";
import { type RetryPolicy, type RetryWorld, sendWithRetry } from "../retry.ts";
import { type ApiError, buy, check, query, type Send } from "../store-api.ts";
import type { OwnStock } from "./own-stock.ts";
import type { Workload } from "./plan.ts";
import type { PickProduct } from "./products.ts";
import type { Recorder } from "./recorder.ts";
import type { RequestType } from "./slice.ts";

/** How shoppers behave. */
export interface Shopping {
  readonly workload: Workload;
  readonly pick: PickProduct;
  readonly quantity: { readonly low: number; readonly high: number };
  readonly retry: RetryPolicy;
}

/** What a shopper needs; all is shared by the shoppers of a worker. */
export interface ShoppingWorld {
  /** Milliseconds since the measured time began; negative before. */
  readonly clock: Clock;
  readonly recorder: Recorder;
  readonly pause: (ms: number) => Promise<void>;
  /** A fresh idempotency key, never to be made again by anyone. */
  readonly makeKey: () => string;
  /** True: make no further attempt, begin nothing. */
  readonly stopped: () => boolean;
  /** Undefined: what is bought is not to be proved. */
  readonly journal: Journal | undefined;
}

/** Own orders that a shopper of a mix remembers to read one back. */
const remembersMax = 256;

/** One shopper on one connection: what it does in an iteration, and what it measures. */
export class Shopper {
  private readonly senders: Readonly<Record<RequestType, Send>>;
  /** Numbers of the latest orders, in a ring. */
  private readonly remembered: number[] = [];
  private bought = 0;
  /** Attempts of the request under way. */
  private attempts = 0;

  constructor(
    private readonly connection: Connection,
    private readonly shopping: Shopping,
    private readonly random: Random,
    private readonly world: ShoppingWorld,
    /** Present if nobody else buys, not even another shopper. */
    private readonly ownStock: OwnStock | undefined,
  ) {
    this.senders = { query: this.makeSender("query"), buy: this.makeSender("buy"), check: this.makeSender("check") };
  }

  /** One iteration, which was due at `startMs`: its first request is measured from then on. */
  async visit(startMs: number): Promise<void> {
    const { workload, pick } = this.shopping;
    this.world.recorder.count("iterations", startMs, this.world.clock.now());
    const name = pick(this.random);
    if (workload.type === "session") return this.session(name, workload.buyProbability, startMs);
    const draw = this.random.float() * (workload.read + workload.buy + workload.check);
    if (draw < workload.buy) return this.buy(name, startMs);
    const known = this.remembered[randomInt(this.random, this.remembered.length)];
    if (draw < workload.buy + workload.check && known !== undefined) return this.lookUp(known, startMs);
    await this.look(name, startMs);
  }

  private async session(name: string, buyProbability: number, startMs: number): Promise<void> {
    const quantity = await this.look(name, startMs);
    if (quantity === undefined) return;
    this.note(this.ownStock?.seen(name, quantity));
    const wants = this.random.float() < buyProbability;
    if (wants && quantity > 0 && !this.world.stopped()) await this.buy(name, this.world.clock.now());
  }

  /** The quantity shown; undefined if there was no usable answer. */
  private async look(name: string, startMs: number): Promise<number | undefined> {
    const outcome = await query(this.senders.query, name);
    if (outcome.type === "error") {
      this.fail("query", outcome, startMs);
      return undefined;
    }
    this.answer("query", startMs);
    if (outcome.name === name) return outcome.quantity;
    this.world.recorder.finding({ type: "wrong product", asked: name, shown: outcome.name });
    return undefined;
  }

  private async buy(name: string, startMs: number): Promise<void> {
    const { low, high } = this.shopping.quantity;
    const quantity = low === high ? low : low + randomInt(this.random, high - low + 1);
    const key = this.world.makeKey();
    const { journal, recorder } = this.world;
    // What is not on record could never be proved: it is not sent.
    if (journal?.intend(key, name, quantity) === false) return;
    this.attempts = 1;
    const outcome = await buy(this.senders.buy, { name, quantity, key });
    const nowMs = this.world.clock.now();
    if (outcome.type === "error") {
      journal?.unknown(key, outcome.kind);
      this.ownStock?.unknown(name);
      recorder.error("buy", outcome.kind, startMs, nowMs);
      return;
    }
    recorder.answer("buy", startMs, nowMs);
    if (outcome.type === "out-of-stock") {
      journal?.refused(key, this.attempts);
      recorder.count("outOfStock", startMs, nowMs);
      this.note(this.ownStock?.refused(name, quantity));
      return;
    }
    journal?.acknowledged(key, outcome.number, this.attempts);
    recorder.count("orders", startMs, nowMs);
    this.ownStock?.bought(name, quantity);
    this.remembered[this.bought++ % remembersMax] = outcome.number;
  }

  private async lookUp(number: number, startMs: number): Promise<void> {
    const outcome = await check(this.senders.check, number);
    if (outcome.type === "error") this.fail("check", outcome, startMs);
    // That it exists, and unchanged, is for the proof after the load.
    else this.answer("check", startMs);
  }

  private answer(type: RequestType, startMs: number): void {
    this.world.recorder.answer(type, startMs, this.world.clock.now());
  }

  private fail(type: RequestType, { kind }: ApiError, startMs: number): void {
    this.world.recorder.error(type, kind, startMs, this.world.clock.now());
  }

  private note(finding: Finding | undefined): void {
    if (finding !== undefined) this.world.recorder.finding(finding);
  }

  private makeSender(type: RequestType): Send {
    const { clock, pause, stopped, recorder } = this.world;
    const world: RetryWorld = {
      clock,
      pause,
      stopped,
      onRetry: (kind) => {
        this.attempts++;
        recorder.retry(type, kind, clock.now());
      },
    };
    return (request) => sendWithRetry(this.connection, request, this.shopping.retry, world);
  }
}
