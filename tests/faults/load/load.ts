import { TcpConnection } from "../../../services/client/connection.ts";
import { systemClock } from "../../../services/lib/clock.ts";
import { type Answer, History, type Operation, type Request } from "../../sim/clients/history.ts";
import { Dice } from "../../sim/kernel/dice.ts";
import { PausableClock } from "./pausable-clock.ts";
import { fromHttp, newKey, toHttp } from "./requests.ts";

/** A front-end as clients see it. */
export interface Counter {
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

export interface LoadOptions {
  readonly counters: readonly Counter[];
  readonly toys: readonly string[];
  readonly seed: number;
  /** At each front-end (3). */
  readonly shoppers?: number;
  /** Between two requests of a shopper, in ms (6). */
  readonly pauseMs?: number;
}

/** A request that did not get what it asked for. */
export interface Trouble {
  readonly atMs: number;
  /** "front-end 1: buy: HTTP 503" */
  readonly what: string;
}

/** An acknowledged order. */
export interface Purchase {
  readonly number: number;
  readonly product: string;
  readonly quantity: number;
  /** With its namespace. */
  readonly key: string;
}

/** Half as long again as any front-end may take for an answer (3 s), whatever it waits for, while it is not stopped. */
const patienceMs = 4_500;
const insistMs = 90_000;
const retryPauseMs = 25;
const progressMs = 40_000;
const watchMs = 100;

/**
 * Shoppers who buy, read and look up, at random but by a seed, and whose whole
 * history is kept: what they asked, when, and what they heard. A purchase that
 * fails is repeated with its key, at times at the other front-end, at times
 * never; anything may be bought by all of them at once.
 */
export class Load implements AsyncDisposable {
  readonly history = new History(() => performance.now(), []);
  readonly purchases: Purchase[] = [];
  readonly troubles: Trouble[] = [];
  /** What no fault excuses. */
  readonly violations: string[] = [];
  private readonly bought = new Map<string, number>();
  private readonly connections: TcpConnection[] = [];
  /** What the clients of each front-end count their patience by. */
  private readonly clocks = new Map<string, PausableClock>();
  private readonly watch: ReturnType<typeof setInterval>;
  private readonly shoppers: Promise<unknown>;
  private stopping = false;

  constructor(private readonly options: LoadOptions) {
    this.watch = setInterval(() => {
      for (const connection of this.connections) connection.expire();
    }, watchMs);
    const { counters, shoppers = 3, seed } = options;
    for (const { name } of counters) this.clocks.set(name, new PausableClock(systemClock));
    this.shoppers = Promise.all(
      counters.flatMap((home, at) =>
        Array.from({ length: shoppers }, (_, nth) =>
          this.shop(`${home.name}, shopper ${nth + 1}`, home, new Dice(seed * 64 + at * shoppers + nth)),
        ),
      ),
    );
  }

  /** Resolves when each of these front-ends (all) has sold so many times more. */
  async progress(
    count: number,
    names: readonly string[] = this.options.counters.map(({ name }) => name),
  ): Promise<void> {
    const goals = names.map((name) => [name, (this.bought.get(name) ?? 0) + count] as const);
    const deadline = performance.now() + progressMs;
    while (goals.some(([name, goal]) => (this.bought.get(name) ?? 0) < goal)) {
      if (performance.now() > deadline) {
        const last = this.troubles.slice(-5).map(({ what }) => what);
        throw new Error(`no ${count} purchases within ${progressMs} ms; last troubles: ${last.join("; ") || "none"}`);
      }
      await Bun.sleep(5);
    }
  }

  /**
   * A front-end is stopped meanwhile: nobody new goes there, and those who wait
   * lose no patience, however long it lasts. Once it goes on it has its usual
   * time to answer each of them.
   */
  async whileStopped(name: string, meanwhile: () => Promise<void>): Promise<void> {
    const clock = this.clock(name);
    clock.pause();
    try {
      await meanwhile();
    } finally {
      clock.resume();
    }
  }

  /** The longest that any client has waited for an answer since then, in ms. */
  longestMs(sinceMs: number): number {
    const nowMs = performance.now();
    let longest = 0;
    for (const { invokedMs, returnedMs } of this.history.operations) {
      longest = Math.max(longest, Math.min(returnedMs, nowMs) - Math.max(invokedMs, sinceMs));
    }
    return longest;
  }

  /** Resolves when every request under way is answered. */
  async stop(): Promise<void> {
    this.stopping = true;
    await this.shoppers;
    clearInterval(this.watch);
    for (const connection of this.connections) connection.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  private async shop(name: string, home: Counter, dice: Dice): Promise<void> {
    const { toys, counters, pauseMs = 6 } = this.options;
    const ways = new Map(counters.map((counter) => [counter, this.connect(counter)]));
    const ask = (counter: Counter, request: Request) => this.ask(name, counter, ways.get(counter), request);
    const elsewhere = (): Counter => {
      const open = counters.filter(({ name: counter }) => !this.clock(counter).isPaused);
      return dice.chance(0.3) && open.length > 0 ? dice.pick(open) : home;
    };
    while (!this.stopping) {
      const product = dice.pick(toys);
      if (dice.chance(0.4)) {
        await this.buy({ type: "buy", key: newKey(), product, quantity: dice.int(1, 2) }, home, dice, elsewhere, ask);
        // What the shopper has just bought is what a stale cache would hide.
        if (dice.chance(0.5)) await ask(home, { type: "read", product });
      } else if (dice.chance(0.7)) {
        await ask(home, { type: "read", product });
      } else if (this.purchases.length > 0) {
        const { number, key } = dice.pick(this.purchases);
        await ask(home, dice.chance(0.5) ? { type: "look-up", number } : { type: "look-up-key", key });
      }
      await Bun.sleep(dice.between(0, 2 * pauseMs));
    }
  }

  /** Until there is an outcome, or the shopper goes away and never knows. */
  private async buy(
    request: Extract<Request, { type: "buy" }>,
    home: Counter,
    dice: Dice,
    elsewhere: () => Counter,
    ask: (counter: Counter, request: Request) => Promise<Answer>,
  ): Promise<void> {
    const deadline = performance.now() + insistMs;
    let counter = home;
    for (;;) {
      const answer = await ask(counter, request);
      if (answer.type === "bought") {
        this.purchases.push({ ...request, number: answer.number });
        this.bought.set(counter.name, (this.bought.get(counter.name) ?? 0) + 1);
        return;
      }
      if (answer.type === "out-of-stock") return;
      if (dice.chance(0.05)) return;
      if (performance.now() > deadline) {
        this.violations.push(`${home.name}: no outcome of a purchase within ${insistMs} ms`);
        return;
      }
      await Bun.sleep(retryPauseMs);
      counter = elsewhere();
    }
  }

  private async ask(client: string, { name }: Counter, way: TcpConnection | undefined, request: Request) {
    if (way === undefined) throw new Error(`no way to ${name}`);
    const operation: Operation = this.history.invoke(client, request);
    const { answer, trouble } = fromHttp(request, await way.send(toHttp(request)));
    this.history.return(operation, answer);
    if (trouble !== undefined)
      this.troubles.push({ atMs: performance.now(), what: `${name}: ${request.type}: ${trouble}` });
    return answer;
  }

  private clock(name: string): PausableClock {
    const clock = this.clocks.get(name);
    if (clock === undefined) throw new Error(`nobody shops at ${name}`);
    return clock;
  }

  private connect({ name, host, port }: Counter): TcpConnection {
    const connection = new TcpConnection({ host, port, timeoutMs: patienceMs }, this.clock(name));
    this.connections.push(connection);
    return connection;
  }
}
