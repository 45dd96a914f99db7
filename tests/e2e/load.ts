import { TcpConnection } from "../../services/client/connection.ts";
import { type ApiError, buy, check, query, type Send } from "../../services/client/store-api.ts";
import { systemClock } from "../../services/lib/clock.ts";

/** An acknowledged order. */
export interface Purchase {
  readonly number: number;
  readonly name: string;
  readonly quantity: number;
  /** As the client gave it. */
  readonly key: string;
}

export interface LoadOptions {
  /** Where to buy. */
  readonly port: number;
  /** Where to read what was bought, another front-end perhaps (port). */
  readonly readPort?: number;
  /** One for each buyer; nobody else may buy them meanwhile. */
  readonly toys: readonly string[];
  /** Of each toy, at first. */
  readonly stock: number;
  /** What was bought of it before. */
  readonly before: readonly Purchase[];
}

const attemptMs = 15_000;
const retryForMs = 60_000;
const retryPauseMs = 25;
const progressMs = 30_000;
const watchMs = 250;

/**
 * Buyers, each with a connection and a toy of its own. After each purchase the
 * buyer reads its toy, of which it knows exactly how many must be left, and now
 * and then the order. What fails is repeated: a purchase with the same key, as
 * the contract says, or as a new one if 503 said that it was not executed. Every
 * failed attempt is noted, for the test to judge.
 */
export class Load implements AsyncDisposable {
  readonly purchases: Purchase[] = [];
  /** Failed attempts: "buy: HTTP 503" to how often. */
  readonly troubles = new Map<string, number>();
  /** What should never be seen, whatever fails: stale reads, changed orders, requests that never ended well. */
  readonly violations: string[] = [];
  private longest = 0;
  private stopping = false;
  private readonly buyers: Promise<void>;
  private readonly connections: TcpConnection[] = [];
  private readonly watch: ReturnType<typeof setInterval>;

  constructor(private readonly options: LoadOptions) {
    this.watch = setInterval(() => {
      for (const connection of this.connections) connection.expire();
    }, watchMs);
    this.buyers = Promise.all(options.toys.map((toy) => this.shop(toy))).then(() => undefined);
  }

  /** Resolves when so many more purchases are acknowledged. */
  async progress(count: number): Promise<void> {
    const goal = this.purchases.length + count;
    const deadline = performance.now() + progressMs;
    while (this.purchases.length < goal) {
      if (performance.now() > deadline)
        throw new Error(`no ${count} purchases within ${progressMs} ms: ${this.state()}`);
      await Bun.sleep(5);
    }
  }

  /** The longest purchase, in ms, since the last call. */
  takeLongestMs(): number {
    const longest = this.longest;
    this.longest = 0;
    return longest;
  }

  /** Every purchase under way comes to its end; returns all acknowledged ones. */
  async stop(): Promise<readonly Purchase[]> {
    this.stopping = true;
    await this.buyers;
    clearInterval(this.watch);
    for (const connection of this.connections) connection.close();
    return this.purchases;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  private async shop(toy: string): Promise<void> {
    const purchases = this.connect(this.options.port);
    const reads = this.options.readPort === undefined ? purchases : this.connect(this.options.readPort);
    const { stock, before } = this.options;
    let left = before.filter(({ name }) => name === toy).reduce((sum, { quantity }) => sum - quantity, stock);
    for (let round = 0; !this.stopping; round++) {
      const purchase = await this.buyOne(purchases, toy);
      if (purchase === undefined) return;
      left--;
      const shown = await this.insist("query", (send) => query(send, toy), reads);
      if (shown !== undefined && shown.quantity !== left) {
        this.violations.push(`after order ${purchase.number}: ${shown.quantity} ${toy} shown, ${left} left`);
      }
      if (round % 8 === 0) await this.lookUp(reads, purchase);
    }
  }

  private async buyOne(connection: TcpConnection, name: string): Promise<Purchase | undefined> {
    const order = { name, quantity: 1, key: crypto.randomUUID() };
    let maybeExecuted = false;
    const onTrouble = (kind: string): void => {
      if (kind !== "HTTP 503") maybeExecuted = true;
      // Certainly not executed: if it was all the same, the logs will have an order that nobody bought.
      else if (!maybeExecuted) order.key = crypto.randomUUID();
    };
    const startMs = performance.now();
    const outcome = await this.insist("buy", (send) => buy(send, order), connection, onTrouble);
    this.longest = Math.max(this.longest, performance.now() - startMs);
    if (outcome === undefined) return undefined;
    if (outcome.type === "out-of-stock") {
      this.violations.push(`${name} is out of stock`);
      return undefined;
    }
    const purchase = { ...order, number: outcome.number };
    this.purchases.push(purchase);
    return purchase;
  }

  private async lookUp(connection: TcpConnection, { number, name, quantity }: Purchase): Promise<void> {
    const found = await this.insist("check", (send) => check(send, number), connection);
    if (found === undefined) return;
    const isSame = found.type === "order" && found.order.name === name && found.order.quantity === quantity;
    if (!isSame) this.violations.push(`order ${number} was ${name}, now ${JSON.stringify(found)}`);
  }

  /** Repeats until there is an answer. Undefined: there was none for a minute, which is noted. */
  private async insist<T extends { type: string }>(
    what: string,
    call: (send: Send) => Promise<T | ApiError>,
    connection: TcpConnection,
    onTrouble: (kind: string) => void = () => undefined,
  ): Promise<Exclude<T, ApiError> | undefined> {
    const deadline = performance.now() + retryForMs;
    for (;;) {
      const outcome = await call((request) => connection.send(request));
      if (!isError(outcome)) return outcome as Exclude<T, ApiError>;
      onTrouble(outcome.kind);
      const trouble = `${what}: ${outcome.kind}`;
      this.troubles.set(trouble, (this.troubles.get(trouble) ?? 0) + 1);
      if (performance.now() > deadline) {
        this.violations.push(`never answered: ${trouble}`);
        return undefined;
      }
      await Bun.sleep(retryPauseMs);
    }
  }

  private connect(port: number): TcpConnection {
    const connection = new TcpConnection({ host: "127.0.0.1", port, timeoutMs: attemptMs }, systemClock);
    this.connections.push(connection);
    return connection;
  }

  private state(): string {
    const troubles = JSON.stringify(Object.fromEntries(this.troubles));
    return `${this.purchases.length} in all, failed attempts ${troubles}, ${this.violations.join("; ")}`;
  }
}

function isError(outcome: { type: string }): outcome is ApiError {
  return outcome.type === "error";
}
