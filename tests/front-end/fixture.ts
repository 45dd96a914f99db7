import { FrontService } from "../../gen/toystore/front/v1/front_pb.ts";
import { orderLimits, productLimits } from "../../services/front-end/core/limits.ts";
import type { ReplicaId } from "../../services/front-end/core/types.ts";
import { type EncodedProduct, encodeProduct } from "../../services/front-end/http/products.ts";
import { type HttpServer, serveHttp } from "../../services/front-end/http/server.ts";
import { OrderDriver } from "../../services/front-end/order-driver.ts";
import { ProductDriver } from "../../services/front-end/product-driver.ts";
import { CatalogClient } from "../../services/front-end/rpc/catalog-client.ts";
import { frontService } from "../../services/front-end/rpc/front-service.ts";
import { OrderClient } from "../../services/front-end/rpc/order-client.ts";
import { systemClock } from "../../services/lib/clock.ts";
import { connectTo } from "../../services/lib/rpc-client.ts";
import { type RpcServer, serveRpc } from "../../services/lib/rpc-server.ts";
import { systemRandom } from "../../services/lib/system-random.ts";
import { FakeCatalog, type Feed } from "./fake-catalog.ts";
import { FakeReplica, FakeStore } from "./fake-replicas.ts";

const host = "127.0.0.1";
const errors: Error[] = [];

/** A process that can be killed and comes back on its port. */
export class Killable implements AsyncDisposable {
  private server: RpcServer | undefined;
  port = 0;

  constructor(private readonly routes: Parameters<typeof serveRpc>[0]["routes"]) {}

  async start(): Promise<this> {
    this.server = await serveRpc({ host, port: this.port, routes: this.routes });
    this.port = this.server.port;
    return this;
  }

  async kill(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    await server?.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}

/** A front-end with real sockets on free ports, in this process. */
export class RunningFrontEnd implements AsyncDisposable {
  private readonly ticker: ReturnType<typeof setInterval>;

  private constructor(
    readonly orders: OrderDriver,
    readonly products: ProductDriver<EncodedProduct>,
    readonly rpc: RpcServer,
    readonly http: HttpServer,
    readonly notices: readonly string[],
  ) {
    this.ticker = setInterval(() => {
      orders.tick();
      products.tick();
      http.tick();
    }, 10);
  }

  static async start(replicaPorts: readonly number[], catalogPort: number): Promise<RunningFrontEnd> {
    const notices: string[] = [];
    const operator = { notice: (_level: string, message: string) => void notices.push(message) };
    const common = {
      clock: systemClock,
      random: systemRandom,
      defer: (run: () => void) => void setImmediate(run),
      operator,
    };
    const replicas = new Map(
      replicaPorts.map((port, i) => {
        const client = new OrderClient(connectTo(host, port), connectTo(host, port), orderLimits.pingTimeoutMs);
        return [(i + 1) as ReplicaId, client];
      }),
    );
    const orders = new OrderDriver({ ...common, limits: orderLimits, replicas });
    const catalog = new CatalogClient(connectTo(host, catalogPort));
    const products = new ProductDriver({ ...common, limits: productLimits, catalog, present: encodeProduct });
    const rpc = await serveRpc({
      host,
      port: 0,
      routes: (router) => router.service(FrontService, frontService(products)),
    });
    const settings = { host, port: 0, reusePort: false, outOfStockStatus: 200 };
    const onError = (error: Error): void => void errors.push(error);
    const http = serveHttp({ ...settings, orders, products, now: () => systemClock.now(), onError });
    return new RunningFrontEnd(orders, products, rpc, http, notices);
  }

  get url(): string {
    return `http://${host}:${this.http.port}`;
  }

  /** The JSON of a reply with its status. */
  async get(path: string): Promise<{ readonly status: number; readonly data: unknown }> {
    return await toReply(await fetch(`${this.url}${path}`));
  }

  async quantityOf(product: string): Promise<number> {
    const { data } = await this.get(`/products/${product}`);
    return (data as { quantity: number }).quantity;
  }

  async buy(key: string, name = "Tux"): Promise<{ readonly status: number; readonly data: unknown }> {
    const headers = { "content-type": "application/json", "idempotency-key": key };
    const body = JSON.stringify({ name, quantity: 1 });
    return await toReply(await fetch(`${this.url}/orders`, { method: "POST", headers, body }));
  }

  /** Resolves when /readyz says yes. */
  async ready(): Promise<void> {
    while ((await fetch(`${this.url}/readyz`)).status !== 200) await Bun.sleep(5);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.http.stop();
    clearInterval(this.ticker);
    this.orders.close();
    this.products.close();
    await this.rpc.close();
  }
}

async function toReply(response: Response): Promise<{ status: number; data: unknown }> {
  const body = (await response.json()) as { readonly data?: unknown };
  return { status: response.status, data: body.data };
}

/** Three replicas, a catalog, and as many front-ends as wanted. */
export class World implements AsyncDisposable {
  readonly store = new FakeStore();
  readonly replicas = [1, 2, 3].map((id) => new FakeReplica(id, this.store));
  readonly catalog = new FakeCatalog();
  readonly servers = this.replicas.map((replica) => new Killable(replica.routes));
  readonly catalogServer = new Killable(this.catalog.routes);
  readonly frontEnds: RunningFrontEnd[] = [];
  private readonly feeds: Feed[] = [];

  static async start(frontEnds = 1): Promise<World> {
    const world = new World();
    for (const server of [...world.servers, world.catalogServer]) await server.start();
    for (let i = 0; i < frontEnds; i++) world.frontEnds.push(await world.startFrontEnd());
    for (const frontEnd of world.frontEnds) await frontEnd.ready();
    return world;
  }

  get frontEnd(): RunningFrontEnd {
    return at(this.frontEnds, 0);
  }

  replica(id: number): FakeReplica {
    return at(this.replicas, id - 1);
  }

  server(id: number): Killable {
    return at(this.servers, id - 1);
  }

  /** The catalog dials the front-end, which then has a lease. */
  async feed(frontEnd = this.frontEnd): Promise<Feed> {
    return await this.feedPort(frontEnd.rpc.port);
  }

  async feedPort(port: number): Promise<Feed> {
    const feed = this.catalog.feed(connectTo(host, port).transport);
    this.feeds.push(feed);
    await feed.leased();
    return feed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const feed of this.feeds) feed.close();
    for (const frontEnd of this.frontEnds) await frontEnd[Symbol.asyncDispose]();
    for (const server of [...this.servers, this.catalogServer]) await server.kill();
    const [error] = errors.splice(0);
    if (error !== undefined) throw error;
  }

  private async startFrontEnd(): Promise<RunningFrontEnd> {
    const ports = this.servers.map(({ port }) => port);
    return await RunningFrontEnd.start(ports, this.catalogServer.port);
  }
}

function at<T>(list: readonly T[], index: number): T {
  const found = list[index];
  if (found === undefined) throw new Error(`there is no number ${index}`);
  return found;
}
