import { describe, expect, test } from "bun:test";
import { type Client, Code, ConnectError, createClient, createRouterTransport } from "@connectrpc/connect";
import { FrontService, type InvalidateRequest } from "../../../gen/toystore/front/v1/front_pb.ts";
import { productLimits } from "../../../services/front-end/core/limits.ts";
import { ProductDriver } from "../../../services/front-end/product-driver.ts";
import { frontService } from "../../../services/front-end/rpc/front-service.ts";
import { PushQueue } from "../../../services/lib/push-queue.ts";

/** A front-end's Invalidate service in this process, with time in the test's hand. */
class Front {
  nowMs = 0;
  readonly driver: ProductDriver<number>;
  readonly client: Client<typeof FrontService>;

  constructor() {
    const catalog = { openQueries: () => ({ send: () => {}, close: () => {} }) };
    const operator = { notice: () => {} };
    this.driver = new ProductDriver<number>({
      limits: productLimits,
      clock: { now: () => this.nowMs },
      defer: (run) => run(),
      catalog,
      operator,
      present: (_name, { quantity }) => quantity,
    });
    const transport = createRouterTransport(({ service }) => service(FrontService, frontService(this.driver)));
    this.client = createClient(FrontService, transport);
  }

  open(): Stream {
    return new Stream(this.client);
  }
}

/** The catalog's side of one stream. */
class Stream {
  private readonly queue = new PushQueue<InvalidateRequest>(100);
  private readonly answers: AsyncIterator<{ sequence: bigint }>;
  private sequence = 0;

  constructor(client: Client<typeof FrontService>) {
    this.answers = client.invalidate(this.queue)[Symbol.asyncIterator]();
  }

  send(changes: Partial<InvalidateRequest> = {}): void {
    this.queue.push({
      $typeName: "toystore.front.v1.InvalidateRequest",
      sequence: BigInt((this.sequence += 1)),
      catalogRun: "run",
      products: [],
      version: 0n,
      lease: false,
      echo: 0n,
      ...changes,
    });
  }

  /** The next acknowledgement; undefined: the stream has ended. */
  async next(): Promise<bigint | undefined> {
    const { done, value } = await this.answers.next();
    return done === true ? undefined : value.sequence;
  }

  end(): void {
    this.queue.end();
  }
}

describe("Invalidate", () => {
  test("each message is acknowledged once, in order", async () => {
    const stream = new Front().open();
    for (let i = 0; i < 5; i++) stream.send({ products: ["Tux"] });
    for (let i = 1n; i <= 5n; i++) expect(await stream.next()).toBe(i);
    stream.end();
    expect(await stream.next()).toBeUndefined();
  });

  test("a lease is granted by a message that echoes an acknowledgement, and runs from that", async () => {
    const front = new Front();
    const stream = front.open();
    stream.send({ lease: true });
    await stream.next();
    expect(front.driver.status().leased).toBe(false);
    front.nowMs = 300;
    stream.send({ lease: true, echo: 1n });
    await stream.next();
    expect(front.driver.status().leased).toBe(true);
    front.nowMs = 400;
    expect(front.driver.status().leased).toBe(false);
    stream.end();
  });

  test("a newer stream ends the older one with ALREADY_EXISTS", async () => {
    const front = new Front();
    const older = front.open();
    older.send();
    await older.next();
    const newer = front.open();
    newer.send();
    await newer.next();
    const error = await older.next().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConnectError);
    expect(ConnectError.from(error).code).toBe(Code.AlreadyExists);
    newer.send();
    expect(await newer.next()).toBe(2n);
    newer.end();
  });

  test("a stream that ends leaves its lease to run out", async () => {
    const front = new Front();
    const stream = front.open();
    stream.send();
    await stream.next();
    stream.send({ lease: true, echo: 1n });
    await stream.next();
    stream.end();
    expect(await stream.next()).toBeUndefined();
    expect(front.driver.status().leased).toBe(true);
    front.nowMs = 400;
    expect(front.driver.status().leased).toBe(false);
  });
});
