import { TcpConnection } from "../../services/client/connection.ts";
import { systemClock } from "../../services/lib/clock.ts";

/** What the store answered. */
export interface Answer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body, parsed. */
  readonly json: unknown;
}

/** Sends requests one after the other over one connection, each once; throws if there is no answer. */
export class Shopper implements Disposable {
  private readonly connection: TcpConnection;
  private readonly watch: ReturnType<typeof setInterval>;

  constructor(port: number) {
    this.connection = new TcpConnection({ host: "127.0.0.1", port, timeoutMs: 20_000 }, systemClock);
    this.watch = setInterval(() => this.connection.expire(), 500);
  }

  get(path: string): Promise<Answer> {
    return this.send({ method: "GET", path });
  }

  /** `body` as JSON, or as it is if it is a text. */
  post(path: string, body: unknown, idempotencyKey?: string): Promise<Answer> {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    return this.send({ method: "POST", path, body: text, ...(idempotencyKey === undefined ? {} : { idempotencyKey }) });
  }

  /** Buys and returns the order number, -1 when out of stock. */
  async buy(name: string, quantity = 1, key?: string): Promise<number> {
    const { status, json } = await this.post("/orders", { name, quantity }, key);
    const number = (json as { data?: { order_number?: unknown } }).data?.order_number;
    if (status === 200 && typeof number === "number") return number;
    throw new Error(`no order of ${name}: ${status} ${JSON.stringify(json)}`);
  }

  /** What the store shows as the quantity of a product. */
  async quantity(name: string): Promise<number> {
    const { status, json } = await this.get(`/products/${encodeURIComponent(name)}`);
    const quantity = (json as { data?: { quantity?: unknown } }).data?.quantity;
    if (status === 200 && typeof quantity === "number") return quantity;
    throw new Error(`no quantity of ${name}: ${status} ${JSON.stringify(json)}`);
  }

  [Symbol.dispose](): void {
    clearInterval(this.watch);
    this.connection.close();
  }

  private async send(request: Parameters<TcpConnection["send"]>[0]): Promise<Answer> {
    const reply = await this.connection.send(request);
    if ("failure" in reply) throw new Error(`${request.method} ${request.path}: ${reply.failure}`);
    return { status: reply.status, headers: Object.fromEntries(reply.headers), json: JSON.parse(reply.body) };
  }
}

/** A shopper at each of a store's two front-ends. */
export class TwoShoppers implements Disposable {
  readonly here: Shopper;
  readonly there: Shopper;

  constructor([here, there]: readonly { readonly restPort: number }[]) {
    if (here === undefined || there === undefined) throw new Error("the store has less than two front-ends");
    this.here = new Shopper(here.restPort);
    this.there = new Shopper(there.restPort);
  }

  [Symbol.dispose](): void {
    this.here[Symbol.dispose]();
    this.there[Symbol.dispose]();
  }
}
