import { type Client, type ConnectRouter, createClient, type Transport } from "@connectrpc/connect";
import { CatalogService, type QueryBatch, type QueryReplyBatch } from "../../gen/toystore/catalog/v1/catalog_pb.ts";
import { FrontService, type InvalidateRequest } from "../../gen/toystore/front/v1/front_pb.ts";
import { PushQueue } from "../../services/lib/push-queue.ts";

/** A catalog that shows one quantity for every product, and keeps front.proto's side of the cache. */
export class FakeCatalog {
  readonly quantities = new Map<string, number>();
  /** Queries that came, probes left out. */
  readonly queries: string[] = [];
  /** Takes queries and says nothing. */
  isDeaf = false;
  private readonly feeds: Feed[] = [];

  readonly routes = (router: ConnectRouter): void => {
    router.service(CatalogService, { queries: (batches, context) => this.serve(batches, context.signal) });
  };

  quantityOf(product: string): number {
    return product === "" || product.startsWith("Ness") ? -1 : (this.quantities.get(product) ?? 100);
  }

  /** Dials a front-end, as the catalog does. */
  feed(transport: Transport): Feed {
    const feed = new Feed(createClient(FrontService, transport));
    this.feeds.push(feed);
    return feed;
  }

  /** A change of stock, released when every front-end has acknowledged it. */
  async change(product: string, quantity: number): Promise<void> {
    const named = this.feeds.map(async (feed) => await feed.name([product]));
    await Promise.all(named);
    this.quantities.set(product, quantity);
  }

  private async *serve(batches: AsyncIterable<QueryBatch>, signal: AbortSignal): AsyncGenerator<QueryReplyBatch> {
    const queue = new PushQueue<QueryReplyBatch>(10_000);
    const leave = (): void => queue.end();
    signal.addEventListener("abort", leave);
    void this.read(batches, queue).then(leave, leave);
    yield* queue;
  }

  private async read(batches: AsyncIterable<QueryBatch>, queue: PushQueue<QueryReplyBatch>): Promise<void> {
    for await (const batch of batches) {
      for (const { product } of batch.items) if (product !== "") this.queries.push(product);
      if (this.isDeaf) continue;
      const items = batch.items.map(({ id, product }) => {
        const quantity = BigInt(this.quantityOf(product));
        const value = {
          $typeName: "toystore.catalog.v1.QueryResponse",
          priceCents: 1599n,
          quantity,
          version: 1n,
        } as const;
        return { $typeName: "toystore.catalog.v1.QueryReplyItem", id, product: value } as const;
      });
      queue.push({ $typeName: "toystore.catalog.v1.QueryReplyBatch", items });
    }
  }
}

/** One Invalidate stream, from the catalog's side. */
export class Feed {
  private readonly queue = new PushQueue<InvalidateRequest>(1000);
  private sequence = 0;
  private acknowledged = 0;
  private waiting: { readonly sequence: number; readonly resolve: () => void }[] = [];
  private readonly beat: ReturnType<typeof setInterval>;
  private readonly abort = new AbortController();
  /** Resolves when the stream has ended, however it did. */
  readonly ended: Promise<void>;

  constructor(client: Client<typeof FrontService>) {
    this.ended = this.read(client).catch(() => {});
    this.beat = setInterval(() => this.send([]), 50);
    this.send([]);
  }

  /** Resolves when the front-end has acknowledged it; without an answer, when the lease is over. */
  async name(products: readonly string[]): Promise<void> {
    const sequence = this.send(products);
    await Promise.race([this.acknowledgementOf(sequence), this.ended, Bun.sleep(500)]);
  }

  /** Resolves when the front-end holds a lease. */
  async leased(): Promise<void> {
    await this.acknowledgementOf(1);
    // The next message echoes that and grants.
    await this.acknowledgementOf(this.send([]));
  }

  close(): void {
    clearInterval(this.beat);
    this.queue.end();
    this.abort.abort();
  }

  private send(products: readonly string[]): number {
    this.sequence += 1;
    this.queue.push({
      $typeName: "toystore.front.v1.InvalidateRequest",
      sequence: BigInt(this.sequence),
      catalogRun: "fake",
      products: [...products],
      version: 0n,
      lease: this.acknowledged > 0,
      echo: BigInt(this.acknowledged),
    });
    return this.sequence;
  }

  private async acknowledgementOf(sequence: number): Promise<void> {
    if (this.acknowledged >= sequence) return;
    await new Promise<void>((resolve) => this.waiting.push({ sequence, resolve }));
  }

  private async read(client: Client<typeof FrontService>): Promise<void> {
    for await (const { sequence } of client.invalidate(this.queue, { signal: this.abort.signal })) {
      this.acknowledged = Number(sequence);
      for (const { sequence: wanted, resolve } of this.waiting) if (wanted <= this.acknowledged) resolve();
      this.waiting = this.waiting.filter((one) => one.sequence > this.acknowledged);
    }
  }
}
