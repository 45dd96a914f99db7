import type { HistoryObserver, Operation, Request, Shown } from "../clients/history.ts";
import type { CommittedLog } from "./committed-log.ts";

type Fail = (check: string, message: string) => void;

type Buy = Extract<Request, { type: "buy" }>;

/** What is known of the attempts at one purchase: one key with one body. */
interface Purchase {
  readonly request: Buy;
  /** Some attempt may have been executed, or may be yet. */
  uncertain: boolean;
  open: number;
  /** The last certain no, for the message. */
  refusal: Operation | undefined;
}

/** Holds clients' answers against the committed history (P1, P2, P4, P9). */
export class Acknowledgements implements HistoryObserver {
  /** By key; more than one only if a client made a mistake. */
  private readonly purchases = new Map<string, Purchase[]>();
  /** When an order was first acknowledged, by number and by key. */
  private readonly ackedNumber = new Map<number, number>();
  private readonly ackedKey = new Map<string, number>();

  constructor(
    private readonly committed: CommittedLog,
    private readonly fail: Fail,
  ) {}

  onInvoked({ request }: Operation): void {
    if (request.type !== "buy") return;
    const known = this.purchaseOf(request);
    if (known !== undefined) {
      known.open++;
      return;
    }
    const purchase = { request, uncertain: false, open: 1, refusal: undefined };
    const others = this.purchases.get(request.key);
    if (others === undefined) this.purchases.set(request.key, [purchase]);
    else others.push(purchase);
  }

  onReturned(operation: Operation): void {
    const { request, answer } = operation;
    if (request.type === "buy") this.onBuy(operation, request);
    if (request.type === "buy" && answer?.type === "key-reused") this.onKeyReused(operation, request);
    if (answer?.type === "bought" && request.type === "buy") this.onBought(operation, answer.number);
    if (answer?.type === "order") this.onOrder(operation, answer.number);
    if (answer?.type === "not-found") this.onNotFound(operation);
  }

  /** At the end: what clients were refused for certain is not in the log. */
  onEnd(): void {
    for (const { request, uncertain, open, refusal } of [...this.purchases.values()].flat()) {
      const order = this.committed.orderWithKey(request.key);
      if (order === undefined || !isSame(order, request)) continue;
      if (uncertain || open > 0 || refusal === undefined) continue;
      this.fail(
        "what is refused is not executed",
        `${refusal.client} was told "${refusal.answer?.type}" about ${nameOf(request)} at ${refusal.returnedMs.toFixed(1)} ms; it is order ${order.number}`,
      );
    }
  }

  private purchaseOf(request: Buy): Purchase | undefined {
    return this.purchases.get(request.key)?.find((purchase) => isSame(purchase.request, request));
  }

  private onBuy(operation: Operation, request: Buy): void {
    const purchase = this.purchaseOf(request);
    if (purchase === undefined) return;
    purchase.open--;
    const { answer } = operation;
    if (answer?.type === "unknown" || answer?.type === "bought") purchase.uncertain = true;
    else purchase.refusal = operation;
  }

  /** Only who sent another body with the key is told so, and nobody about the body that was bought. */
  private onKeyReused({ client, invoked }: Operation, request: Buy): void {
    const order = this.committed.orderWithKey(request.key);
    const bought = order !== undefined && isSame(order, request);
    const acknowledged = bought && (this.ackedKey.get(request.key) ?? Infinity) < invoked;
    if ((this.purchases.get(request.key)?.length ?? 0) > 1 && !acknowledged) return;
    this.fail("a key is reused only with another body", `${client} was told so about ${nameOf(request)}`);
  }

  private onBought({ client, request, returned }: Operation, number: number): void {
    const order = this.committed.orders[number];
    if (request.type !== "buy") return;
    const { key } = request;
    if (!this.ackedNumber.has(number)) this.ackedNumber.set(number, returned);
    if (!this.ackedKey.has(key)) this.ackedKey.set(key, returned);
    if (order === undefined) {
      this.fail("acknowledged means committed", `${client} was told order ${number} for ${key}; it is not committed`);
    } else if (order.key !== key || !isSame(order, request)) {
      this.fail(
        "acknowledged means committed",
        `${client} was told order ${number} for ${key}; that is ${JSON.stringify(order)}`,
      );
    }
  }

  private onOrder({ client, request, answer }: Operation, number: number): void {
    if (answer?.type !== "order") return;
    const order = this.committed.orders[number];
    const asked =
      (request.type === "look-up" && request.number === number) ||
      (request.type === "look-up-key" && request.key === order?.key);
    // A front-end keeps its neighbours, too, and shows them for ever.
    if (asked && [answer, ...(answer.group ?? [])].every((shown) => this.isCommitted(shown))) return;
    this.fail(
      "a look-up tells the order",
      `${client} asked ${JSON.stringify(request)} and was told ${JSON.stringify(answer)}`,
    );
  }

  private isCommitted({ number, product, quantity }: Shown): boolean {
    const order = this.committed.orders[number];
    return order !== undefined && order.product === product && order.quantity === quantity;
  }

  /** An order that was acknowledged before the question came is found. */
  private onNotFound({ client, request, invoked }: Operation): void {
    const known = request.type === "look-up" ? this.ackedNumber.get(request.number) : undefined;
    const byKey = request.type === "look-up-key" ? this.ackedKey.get(request.key) : undefined;
    if ((known ?? byKey ?? Infinity) < invoked) {
      this.fail(
        "an acknowledged order is found",
        `${client} asked ${JSON.stringify(request)} and was told there is none`,
      );
    }
  }
}

type Body = Pick<Buy, "product" | "quantity">;

function isSame(one: Body, other: Body): boolean {
  return one.product === other.product && one.quantity === other.quantity;
}

function nameOf({ key, product, quantity }: Buy): string {
  return `${key} (${quantity} ${product})`;
}
