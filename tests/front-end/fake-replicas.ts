import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ConnectRouter } from "@connectrpc/connect";
import {
  type CallBatch,
  Code,
  type LookUps,
  OrderService,
  type Outcomes,
  type PingResponseSchema,
  type Purchases,
  type ReplyBatch,
} from "../../gen/toystore/order/v1/order_pb.ts";
import { fromColumns } from "../../services/lib/columns.ts";
import { PushQueue } from "../../services/lib/push-queue.ts";

/** What the replicas have agreed upon: who leads, and the orders. */
export class FakeStore {
  term = 1;
  /** 0: nobody. */
  leaderId = 1;
  readonly orders: { readonly key: string; readonly product: string; readonly quantity: number }[] = [];
  /** Sees each purchase after it is booked. */
  onBought: (product: string) => void = () => {};

  buy(key: string, product: string, quantity: number): { code: Code; number: number } {
    const known = this.orders.findIndex((order) => order.key === key);
    const old = this.orders[known];
    if (old !== undefined) {
      const isSame = old.product === product && old.quantity === quantity;
      return { code: isSame ? Code.OK : Code.KEY_REUSED, number: isSame ? known : -1 };
    }
    const number = this.orders.push({ key, product, quantity }) - 1;
    this.onBought(product);
    return { code: Code.OK, number };
  }
}

/** One order replica as front-ends see it, with the faults that a test wants. */
export class FakeReplica {
  /** "deaf": takes calls, executes nothing, says nothing. "mute": executes, says nothing. */
  fault: "none" | "deaf" | "mute" = "none";
  /** Answers so many more purchases, then the streams break, after executing the next. */
  breaksAfter = Number.POSITIVE_INFINITY;
  /** Every call that came. */
  readonly keys: string[] = [];
  readonly budgetsMs: number[] = [];
  readonly nominations: number[] = [];
  /** What Ping answers instead of the truth. */
  pings: MessageInitShape<typeof PingResponseSchema> = {};
  /** Ends all connections. */
  onBreak: () => void = () => {};

  constructor(
    readonly id: number,
    private readonly store: FakeStore,
  ) {}

  readonly routes = (router: ConnectRouter): void => {
    router.service(OrderService, {
      ping: ({ pingNumber }) => this.ping(pingNumber),
      calls: (batches, context) => this.calls(batches, context.signal),
    });
  };

  private async ping(pingNumber: number): Promise<MessageInitShape<typeof PingResponseSchema>> {
    if (this.fault !== "none") await new Promise<never>(() => {});
    if (pingNumber > 0) this.nominations.push(pingNumber);
    // A nominee wins at once.
    if (pingNumber === this.id && this.store.leaderId === 0) {
      this.store.leaderId = this.id;
      this.store.term += 1;
    }
    return {
      componentId: this.id,
      term: BigInt(this.store.term),
      leaderId: this.store.leaderId,
      eligible: true,
      storeId: "fake",
      serving: this.store.leaderId === this.id,
      ...this.pings,
    };
  }

  private async *calls(batches: AsyncIterable<CallBatch>, signal: AbortSignal): AsyncGenerator<ReplyBatch> {
    const queue = new PushQueue<ReplyBatch>(10_000);
    const beat = setInterval(() => this.send(queue, {}), 100);
    const leave = (): void => queue.end();
    signal.addEventListener("abort", leave);
    void this.serve(batches, queue).then(leave, leave);
    try {
      yield* queue;
    } finally {
      clearInterval(beat);
      signal.removeEventListener("abort", leave);
    }
  }

  private async serve(batches: AsyncIterable<CallBatch>, queue: PushQueue<ReplyBatch>): Promise<void> {
    for await (const { lookUps, purchases } of batches) {
      if (this.fault === "deaf") continue;
      if (purchases !== undefined) this.answer(queue, { outcomes: this.buyAll(purchases) });
      if (lookUps !== undefined) this.answer(queue, this.lookUp(lookUps));
    }
  }

  private answer(queue: PushQueue<ReplyBatch>, answers: Pick<ReplyBatch, "found" | "outcomes">): void {
    if (this.breaksAfter < 0) this.onBreak();
    else this.send(queue, answers);
  }

  /** All of one batch are found, or none. */
  private lookUp({ ids, numbers }: LookUps): Pick<ReplyBatch, "found" | "outcomes"> {
    const orders = numbers.map((number) => this.store.orders[Number(number)]);
    const found = orders.filter((order) => order !== undefined);
    if (found.length < orders.length) {
      const codes = ids.map(() => Code.NOT_FOUND);
      const orderNumbers = ids.map(() => -1n);
      return { outcomes: { $typeName: "toystore.order.v1.Outcomes", ids, codes, orderNumbers } };
    }
    const products = found.map(({ product }) => product);
    const quantities = found.map(({ quantity }) => quantity);
    const productIndexes = found.map((_, at) => at);
    const alone = { groupSizes: ids.map(() => 1), groupPlaces: ids.map(() => 0) };
    const columns = { ids, numbers, products, productIndexes, quantities, ...alone };
    return { found: { $typeName: "toystore.order.v1.Found", ...columns } };
  }

  private buyAll({ ids, budgetsMs, orders }: Purchases): Outcomes {
    this.budgetsMs.push(...budgetsMs);
    const results = fromColumns(orders, (key, product, quantity) => this.buy(key, product, quantity));
    return {
      $typeName: "toystore.order.v1.Outcomes",
      ids,
      codes: results.map(({ code }) => code),
      orderNumbers: results.map(({ number }) => BigInt(number)),
    };
  }

  private buy(key: string, product: string, quantity: number): { code: Code; number: number } {
    this.keys.push(key);
    this.breaksAfter -= 1;
    return this.store.leaderId === this.id
      ? this.store.buy(key, product, quantity)
      : { code: Code.NOT_LEADER, number: -1 };
  }

  private send(queue: PushQueue<ReplyBatch>, answers: Pick<ReplyBatch, "found" | "outcomes">): void {
    if (this.fault === "none") queue.push({ $typeName: "toystore.order.v1.ReplyBatch", ...answers });
  }
}
