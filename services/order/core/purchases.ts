import { assert } from "../../lib/assert.ts";
import type { Leadership } from "./leadership.ts";
import type { WorkBatch } from "./outbox.ts";
import type { Shared } from "./shared.ts";
import type { Call, CallerId, Key, Order, ReplyCode, Reserve, ReserveCode } from "./types.ts";

export type Buy = Extract<Call, { type: "buy" }>;

/** A purchase under way at the leader: until it is in the log, this leader alone decides that it will not happen. */
interface Purchase {
  readonly key: Key;
  readonly product: string;
  readonly quantity: number;
  readonly waiters: { readonly caller: CallerId; readonly id: number }[];
  readonly lookups: (() => void)[];
  deadlineMs: number;
  /** In the log, not yet committed. */
  appended: boolean;
  /** The catalog of the present session may hold a reservation; if the purchase ends, it goes back. */
  mayBeReserved: boolean;
  /** Of its Reserve in the present session. */
  ticket: number;
}

const refusals: Readonly<Record<Exclude<ReserveCode, 1>, ReplyCode>> = {
  [-1]: "out-of-stock",
  [-2]: "invalid-quantity",
  [-3]: "unknown-product",
};

/** When a purchase that comes now and is not in the log by then is given up. */
export function deadlineOf({ now, limits }: Shared, { budgetMs }: Buy): number {
  const budget = Math.min(budgetMs, limits.callBudgetMs);
  return now + budget - Math.min(limits.answerMarginMs, budget / 2);
}

/** The purchases of one leadership, by key: at most one of a key is under way. */
export class Purchases {
  private readonly byKey = new Map<Key, Purchase>();
  private readonly byTicket = new Map<number, Purchase>();
  private queue: Purchase[] = [];
  private returns: Key[] = [];
  private waiters = 0;
  private tickets = 0;
  private nextExpiryMs = 0;

  constructor(
    private readonly shared: Shared,
    private readonly leadership: Leadership,
  ) {}

  get size(): number {
    return this.byKey.size;
  }

  isUnderWay(key: Key): boolean {
    return this.byKey.has(key);
  }

  /** What is in the log and not yet committed, for a catalog that may have forgotten it. Its answer changes nothing. */
  appended(): Reserve[] {
    const reserves: Reserve[] = [];
    for (const { appended, key, product, quantity } of this.byKey.values()) {
      if (appended) reserves.push({ ticket: ++this.tickets, key, product, quantity });
    }
    return reserves;
  }

  /** A new purchase, or one more that waits for the same. The key is not in the log. */
  add(caller: CallerId, call: Buy, deadlineMs: number): void {
    const present = this.byKey.get(call.key);
    if (present !== undefined) {
      this.join(present, caller, call, deadlineMs);
      return;
    }
    if (this.waiters >= this.shared.limits.purchasesMax) {
      this.answer(caller, call.id, "not-executed");
      return;
    }
    const { key, product, quantity } = call;
    const purchase: Purchase = {
      key,
      product,
      quantity,
      waiters: [{ caller, id: call.id }],
      lookups: [],
      deadlineMs,
      appended: false,
      mayBeReserved: false,
      ticket: 0,
    };
    this.waiters++;
    this.byKey.set(key, purchase);
    this.queue.push(purchase);
  }

  /** Calls back when the purchase with this key has ended, one way or the other. */
  whenEnded(key: Key, lookUp: () => void): void {
    this.byKey.get(key)?.lookups.push(lookUp);
  }

  onReserved(ticket: number, code: ReserveCode): void {
    const purchase = this.byTicket.get(ticket);
    // Given up since: its return is on the way behind the reserve.
    if (purchase === undefined) return;
    this.byTicket.delete(ticket);
    if (code !== 1) {
      this.end(purchase, refusals[code]);
      return;
    }
    purchase.appended = true;
    this.leadership.append({ product: purchase.product, quantity: purchase.quantity, key: purchase.key });
  }

  onCommitted(order: Order): void {
    const purchase = this.byKey.get(order.key);
    if (purchase === undefined) return;
    assert(purchase.appended, "an order is committed only after this leader appended it");
    this.end(purchase, "ok", order);
  }

  /** Drops what is past its deadline and not in the log: it certainly will not happen. */
  expire(): void {
    const { now, limits } = this.shared;
    if (now < this.nextExpiryMs) return;
    this.nextExpiryMs = now + limits.expiryMs;
    for (const purchase of this.byKey.values()) {
      if (purchase.appended || now < purchase.deadlineMs) continue;
      this.withdraw(purchase);
      this.end(purchase, "not-executed");
    }
    this.queue = this.queue.filter((purchase) => this.byKey.get(purchase.key) === purchase);
  }

  /** The catalog session is gone: what was not answered is asked again in the next one. */
  onSessionClosed(): void {
    this.returns = [];
    this.byTicket.clear();
    this.queue = [];
    for (const purchase of this.byKey.values()) {
      if (purchase.appended) continue;
      purchase.mayBeReserved = false;
      this.queue.push(purchase);
    }
  }

  /** Moves what the catalog is to do next into its batch: no Reserve while one is unanswered. */
  moveInto(batch: WorkBatch): void {
    batch.returns.push(...this.returns);
    this.returns = [];
    if (this.byTicket.size > 0 || this.queue.length === 0) return;
    for (const purchase of this.queue.splice(0, this.shared.limits.reservesMax)) {
      const { key, product, quantity } = purchase;
      purchase.ticket = ++this.tickets;
      purchase.mayBeReserved = true;
      this.byTicket.set(purchase.ticket, purchase);
      batch.reserves.push({ ticket: purchase.ticket, key, product, quantity });
    }
  }

  /** Leadership is lost: a purchase in the log may still be committed by the next leader. */
  abandon(): void {
    for (const purchase of [...this.byKey.values()]) {
      this.end(purchase, purchase.appended ? "unknown-outcome" : "not-leader");
    }
  }

  private join(present: Purchase, caller: CallerId, call: Buy, deadlineMs: number): void {
    if (present.product !== call.product || present.quantity !== call.quantity) {
      this.answer(caller, call.id, "key-reused");
      return;
    }
    // It may well be executed, for those who wait already.
    if (this.waiters >= this.shared.limits.purchasesMax) {
      this.answer(caller, call.id, "unknown-outcome");
      return;
    }
    this.waiters++;
    present.waiters.push({ caller, id: call.id });
    present.deadlineMs = Math.max(present.deadlineMs, deadlineMs);
  }

  private withdraw(purchase: Purchase): void {
    this.byTicket.delete(purchase.ticket);
    if (purchase.mayBeReserved) this.returns.push(purchase.key);
  }

  private end(purchase: Purchase, code: ReplyCode, order?: Order): void {
    this.byKey.delete(purchase.key);
    this.waiters -= purchase.waiters.length;
    for (const { caller, id } of purchase.waiters) this.answer(caller, id, code, order);
    for (const lookUp of purchase.lookups) lookUp();
  }

  private answer(caller: CallerId, id: number, code: ReplyCode, order?: Order): void {
    this.shared.outbox.reply(caller, { id, call: "buy", code, order });
  }
}
