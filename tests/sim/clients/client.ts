import type { Call, Outcome } from "../../../services/front-end/core/types.ts";
import type { Dice } from "../kernel/dice.ts";
import type { Happening } from "../kernel/event-queue.ts";
import type { Arrival } from "../kernel/sim-process.ts";
import type { Timeline } from "../kernel/timeline.ts";
import type { FrontNode, ReadAnswer } from "../nodes/front-node.ts";
import type { Answer, History, Operation, Request } from "./history.ts";

export interface ClientOptions {
  readonly name: string;
  readonly fronts: readonly FrontNode[];
  readonly products: readonly string[];
  readonly history: History;
  readonly timeline: Timeline;
  readonly dice: Dice;
  /** Between an answer and the next request. */
  readonly thinkHighMs: number;
  readonly quantityMax: number;
}

/** A client gives a front-end up after this. */
const patienceMs = 8000;
const wireLowMs = 0.05;
const wireHighMs = 0.5;
const remembered = 64;

type Buy = Extract<Request, { type: "buy" }>;

/**
 * A shopper: reads, buys, looks its orders up, and tries again with the same key
 * when it does not know what happened: at once or late, here or elsewhere, now
 * and then twice at the same time.
 */
export class Client implements Happening {
  stopped = false;
  private keys = 0;
  private readonly uncertain: Buy[] = [];
  private readonly bought: { readonly number: number; readonly key: string }[] = [];

  constructor(private readonly options: ClientOptions) {}

  /** The next request. */
  fire(): void {
    if (this.stopped) return;
    const { dice } = this.options;
    const request = this.choose();
    this.ask(request, true);
    if (request.type === "buy" && dice.chance(0.05)) this.ask(request, false);
  }

  rest(): void {
    const { timeline, dice, thinkHighMs } = this.options;
    timeline.schedule(dice.skewed(0.1, thinkHighMs), this);
  }

  private choose(): Request {
    const { dice, products } = this.options;
    const retry = dice.chance(0.5) ? this.uncertain.pop() : undefined;
    if (retry !== undefined) return dice.chance(0.1) ? this.withOtherBody(retry.key) : retry;
    const u = dice.float();
    // What was bought last is what a leader of yesterday does not know.
    const own = dice.chance(0.5) ? this.bought.at(-1) : dice.pick(this.bought);
    if (u < 0.45) return this.newBuy();
    if (u < 0.8 || own === undefined) return { type: "read", product: dice.pick(products) };
    if (u < 0.81) return this.withOtherBody(own.key);
    if (u < 0.9) return { type: "look-up", number: dice.chance(0.8) ? own.number : own.number + dice.int(1, 20) };
    return { type: "look-up-key", key: own.key };
  }

  private newBuy(): Buy {
    const { dice, products, name, quantityMax } = this.options;
    const key = `c:${name}-${++this.keys}`;
    return { type: "buy", key, product: dice.pick(products), quantity: dice.int(1, quantityMax) };
  }

  /** A mistake of the client: a key that it has used, and (most likely) another body. */
  private withOtherBody(key: string): Buy {
    return { ...this.newBuy(), key };
  }

  /** `leads`: the client goes on when this one is answered. */
  private ask(request: Request, leads: boolean): void {
    const { history, fronts, dice, timeline, name } = this.options;
    const operation = history.invoke(name, request);
    const front = dice.pick(fronts);
    new Exchange(timeline, dice, front, operation, (answer) => this.onAnswer(operation, answer, leads));
  }

  private onAnswer(operation: Operation, answer: Answer, leads: boolean): void {
    this.options.history.return(operation, answer);
    const { request } = operation;
    if (request.type === "buy") {
      if (answer.type === "bought") this.remember(answer.number, request.key);
      else if (answer.type === "unknown" || (answer.type === "refused" && this.options.dice.chance(0.3))) {
        this.uncertain.unshift(request);
      }
    }
    if (leads) this.rest();
  }

  private remember(number: number, key: string): void {
    this.bought.push({ number, key });
    if (this.bought.length > remembered) this.bought.shift();
  }
}

/** One request on its way to a front-end, and its answer on the way back. */
export class Exchange implements Happening, Arrival {
  private state: "going" | "waiting" | "returning" | "over" = "going";
  private run = 0;
  private result: Answer | undefined;

  constructor(
    private readonly timeline: Timeline,
    private readonly dice: Dice,
    private readonly front: FrontNode,
    private readonly operation: Operation,
    private readonly done: (answer: Answer) => void,
  ) {
    timeline.schedule(dice.skewed(wireLowMs, wireHighMs), this);
  }

  fire(): void {
    if (this.state === "going") this.reach();
    else if (this.state === "returning") this.finish(this.result ?? { type: "unknown" });
  }

  /** At the front-end, which takes it now or, if it is stopped, when it goes on. */
  private reach(): void {
    const { front } = this;
    if (!front.isUp) {
      this.finish(front.isDark ? { type: "unknown" } : { type: "refused" });
      return;
    }
    this.state = "waiting";
    this.run = front.run;
    front.exchanges.add(this);
    this.timeline.schedule(patienceMs, new Patience(this));
    front.admit(front.run, this);
  }

  /** The front-end has died, or the client has lost its patience. */
  giveUp(): void {
    if (this.state === "waiting") this.finish({ type: "unknown" });
  }

  /** The front-end takes it. */
  arrive(): void {
    const { request } = this.operation;
    if (request.type === "read") {
      this.front.read(request.product, {
        answer: (outcome, fromCache) => this.answer(fromRead(outcome, fromCache === true)),
      });
    } else if (!this.front.call(toCall(request), { answer: (outcome) => this.answer(fromCall(request, outcome)) })) {
      this.answer({ type: "refused" });
    }
  }

  private answer(answer: Answer): void {
    if (this.state !== "waiting" || this.front.run !== this.run) return;
    this.state = "returning";
    this.result = answer;
    this.front.exchanges.delete(this);
    this.timeline.schedule(this.dice.skewed(wireLowMs, wireHighMs), this);
  }

  private finish(answer: Answer): void {
    this.state = "over";
    this.front.exchanges.delete(this);
    this.done(answer);
  }
}

/** How long a client waits for one answer. */
class Patience implements Happening {
  constructor(private readonly exchange: Exchange) {}

  fire(): void {
    this.exchange.giveUp();
  }
}

function toCall(request: Exclude<Request, { type: "read" }>): Call {
  if (request.type === "buy") return request;
  if (request.type === "look-up") return { type: "check-number", number: request.number };
  return { type: "check-key", key: request.key };
}

function fromCall(request: Request, { code, orderNumber, order, group = [] }: Outcome): Answer {
  switch (code) {
    case "ok":
      if (request.type === "buy") return { type: "bought", number: orderNumber };
      return order === undefined ? { type: "other" } : { type: "order", ...order, group };
    case "out-of-stock":
      return { type: "out-of-stock" };
    case "not-executed":
      return { type: "refused" };
    case "unknown-outcome":
      return { type: "unknown" };
    case "key-reused":
      return { type: "key-reused" };
    case "not-found":
      return { type: "not-found" };
    default:
      return { type: "other" };
  }
}

function fromRead(outcome: ReadAnswer, cached: boolean): Answer {
  if (outcome.type === "found")
    return { type: "stock", quantity: outcome.value.quantity, version: outcome.value.version, cached };
  return { type: outcome.type === "unavailable" ? "refused" : "unknown" };
}
