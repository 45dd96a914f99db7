import type { OrderStatus } from "../../../services/front-end/core/order-side.ts";
import type { Call, Outcome, ReadOutcome, ReplicaId } from "../../../services/front-end/core/types.ts";
import type { Orders, Products } from "../../../services/front-end/http/backends.ts";
import { BodyReader } from "../../../services/front-end/http/body.ts";
import { type EncodedProduct, encodeProduct } from "../../../services/front-end/http/products.ts";
import { makeRoutes } from "../../../services/front-end/http/routes.ts";

/** Answers every call with `outcome`, and remembers it. */
export class FakeOrders implements Orders {
  storeId: string | undefined = "store";
  outcome: Outcome = { code: "ok", orderNumber: 10, order: undefined };
  readonly calls: Call[] = [];
  leader: ReplicaId | undefined = 2 as ReplicaId;
  serving = true;
  isFull = false;
  replicas: OrderStatus["replicas"] = [];

  refuses(): boolean {
    return this.isFull;
  }

  async call(call: Call): Promise<Outcome> {
    this.calls.push(call);
    return await Promise.resolve(this.outcome);
  }

  status(): OrderStatus {
    const { leader } = this;
    const route = leader === undefined ? undefined : { leader, term: 5, via: leader };
    return { route, serving: this.serving, replicas: this.replicas };
  }

  answer(code: Outcome["code"]): this {
    this.outcome = { code, orderNumber: -1, order: undefined };
    return this;
  }

  find(number: number, product: string, quantity: number): this {
    this.outcome = { code: "ok", orderNumber: -1, order: { number, product, quantity } };
    return this;
  }
}

/** Tux for 15.99; everything else is unknown, unless `failure` says otherwise. */
export class FakeProducts implements Products<EncodedProduct> {
  readonly cache = new Map<string, EncodedProduct>();
  failure: "unavailable" | "timeout" | undefined;
  readonly reads: string[] = [];
  catalogUp = true;
  leased = true;

  cached(product: string): EncodedProduct | undefined {
    return this.cache.get(product);
  }

  async read(product: string): Promise<ReadOutcome<EncodedProduct>> {
    this.reads.push(product);
    if (this.failure !== undefined) return { type: this.failure };
    if (product !== "Tux") return { type: "unknown" };
    return await Promise.resolve({
      type: "found",
      value: encodeProduct("Tux", { id: 1, priceCents: 1599, quantity: 100 }),
    });
  }

  status(): { readonly catalogUp: boolean; readonly leased: boolean } {
    return { catalogUp: this.catalogUp, leased: this.leased };
  }
}

/** The REST interface without a port. */
export class FakeFrontEnd {
  readonly orders = new FakeOrders();
  readonly products = new FakeProducts();
  nowMs = 0;
  readonly bodies = new BodyReader({ bytesMax: 65_536, timeoutMs: 10_000 }, () => this.nowMs);
  private readonly routes: (request: Request) => Response | Promise<Response>;

  constructor(outOfStockStatus = 200) {
    const { orders, products, bodies } = this;
    this.routes = makeRoutes({ orders, products, bodies, outOfStockStatus });
  }

  async send(request: Request): Promise<Response> {
    return await this.routes(request);
  }

  async get(path: string, method = "GET"): Promise<Response> {
    return await this.send(new Request(`http://toys:1110${path}`, { method }));
  }

  /** POST /orders with a body of announced length. */
  async post(body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}): Promise<Response> {
    const length = String(typeof body === "string" ? Buffer.byteLength(body) : body.length);
    const all = { "content-length": length, "content-type": "application/json", ...headers };
    return await this.send(new Request("http://toys:1110/orders", { method: "POST", body, headers: all }));
  }

  async buy(name: unknown, quantity: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return await this.post(JSON.stringify({ name, quantity }), headers);
  }
}

/** The status and the JSON of a reply. */
export async function read(response: Response): Promise<{ status: number; body: unknown }> {
  return { status: response.status, body: await response.json() };
}

export function errorOf(code: number, message: string): { status: number; body: unknown } {
  return { status: code, body: { error: { code, message } } };
}
