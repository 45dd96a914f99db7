import type { Clock } from "../lib/clock.ts";
import { type Random, randomInt } from "../lib/random.ts";
import type { Connection } from "./connection.ts";
import type { Finding } from "./findings.ts";
import type { Measurements, RequestType } from "./measurements.ts";
import type { OwnStock } from "./own-stock.ts";
import { type RetryPolicy, sendWithRetry } from "./retry.ts";
import {
  type BuyOutcome,
  buy,
  type CheckOutcome,
  check,
  type Order,
  type QueryOutcome,
  query,
  type Send,
} from "./store-api.ts";

/** How shoppers behave. */
export interface Shopping {
  readonly toys: readonly string[];
  /** 0 for run type query. */
  readonly buyProbability: number;
  readonly retry: RetryPolicy;
}

/** What a session needs; all but the connection is shared by the sessions of a run. */
export interface SessionWorld {
  readonly clock: Clock;
  readonly random: Random;
  readonly measurements: Measurements;
  readonly pause: (ms: number) => Promise<void>;
  /** A fresh idempotency key, never to be made again by anyone. */
  readonly makeKey: () => string;
  readonly stopped: () => boolean;
}

type Outcome = QueryOutcome | BuyOutcome | CheckOutcome;

/**
 * One shopper: looks at a random toy and, if it is in stock, buys one with the
 * given chance.
 */
export class Session {
  private readonly senders: Readonly<Record<RequestType, Send>>;

  constructor(
    private readonly connection: Connection,
    private readonly shopping: Shopping,
    private readonly world: SessionWorld,
    /** Present if nobody else buys. */
    private readonly ownStock: OwnStock | undefined,
  ) {
    this.senders = { query: this.makeSender("query"), buy: this.makeSender("buy"), check: this.makeSender("check") };
  }

  /** Ends early when the world stops. */
  async shop(repeats: number): Promise<void> {
    for (let i = 0; i < repeats && !this.world.stopped(); i++) await this.visit();
  }

  /** Reads an acknowledged order back and compares it with what was bought. */
  async verify(order: Order): Promise<void> {
    const { measurements } = this.world;
    const outcome = await this.measure("check", (send) => check(send, order.number));
    if (outcome.type === "error") return;
    if (outcome.type === "not-found") measurements.finding({ type: "lost", order });
    else if (isSame(outcome.order, order)) measurements.verified++;
    else measurements.finding({ type: "changed", order, shown: outcome.order });
  }

  private async visit(): Promise<void> {
    const { random } = this.world;
    const name = this.shopping.toys[randomInt(random, this.shopping.toys.length)] ?? "";
    const outcome = await this.measure("query", (send) => query(send, name));
    if (outcome.type === "error") return;
    if (outcome.name !== name) {
      this.world.measurements.finding({ type: "wrong product", asked: name, shown: outcome.name });
      return;
    }
    this.note(this.ownStock?.seen(name, outcome.quantity));
    const wants = random.float() < this.shopping.buyProbability;
    if (wants && outcome.quantity > 0 && !this.world.stopped()) await this.buyOne(name);
  }

  private async buyOne(name: string): Promise<void> {
    const quantity = 1;
    const key = this.world.makeKey();
    const outcome = await this.measure("buy", (send) => buy(send, { name, quantity, key }));
    switch (outcome.type) {
      case "bought":
        this.world.measurements.bought({ number: outcome.number, name, quantity });
        this.ownStock?.bought(name, quantity);
        break;
      case "out-of-stock":
        this.world.measurements.outOfStock++;
        this.note(this.ownStock?.refused(name, quantity));
        break;
      case "error":
        this.ownStock?.unknown(name);
        break;
    }
  }

  private note(finding: Finding | undefined): void {
    if (finding !== undefined) this.world.measurements.finding(finding);
  }

  /** Counts the time from the first attempt to the answer, so that retries are not hidden. */
  private async measure<T extends Outcome>(type: RequestType, call: (send: Send) => Promise<T>): Promise<T> {
    const { clock, measurements } = this.world;
    const startMs = clock.now();
    const result = await call(this.senders[type]);
    const outcome: Outcome = result;
    if (outcome.type === "error") measurements.error(type, outcome.kind);
    else measurements.answer(type, startMs, clock.now());
    return result;
  }

  private makeSender(type: RequestType): Send {
    const { clock, pause, stopped, measurements } = this.world;
    const request = measurements.requests[type];
    const retryWorld = { clock, pause, stopped, onRetry: () => void request.retries++ };
    return (sent) => sendWithRetry(this.connection, sent, this.shopping.retry, retryWorld);
  }
}

function isSame(shown: Order, bought: Order): boolean {
  return shown.number === bought.number && shown.name === bought.name && shown.quantity === bought.quantity;
}
