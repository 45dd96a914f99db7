import type {
  CatalogWork,
  Effect,
  Event,
  Key,
  Order,
  Reserve,
  ReserveCode,
  Term,
} from "../../../services/order/core/types.ts";

type OpenCatalog = Extract<Effect, { type: "open-catalog" }>;
type ReplyEvent = Extract<Event, { type: "catalog-replies" }>;

interface Session {
  readonly term: number;
  readonly number: number;
  replayed: boolean;
}

interface Reservation {
  readonly product: string;
  readonly quantity: number;
  /** That asked for it last. */
  readonly session: Session;
}

/**
 * The catalog's side of a session, as catalog.proto has it. What is reserved is in
 * its memory; fence and settles are on its disk, as far as a crash leaves them there.
 */
export class FakeCatalog {
  isUp = true;
  /** Answers to reserves stay here until `release`. */
  holdsReplies = false;
  settledBelow = 0;
  /** False from a crash until a leader has replayed its log: nobody is shown any stock meanwhile. */
  isStockKnown = true;
  /** Orders that were settled without a reservation though the stock was known, or without stock. */
  readonly alarms: Order[] = [];
  /** Orders that the catalog had forgotten, and was told of in the first replay after a crash. */
  readonly booked: Order[] = [];
  readonly reservations = new Map<Key, Reservation>();
  /** In the order told. */
  settled: Order[] = [];
  /** Everything that ever came in. */
  private readonly stocked = new Map<string, number>();
  private session: Session = { term: 0, number: 0, replayed: true };
  private held: (() => void)[] = [];

  /** Sets what is on hand. */
  stock(product: string, quantity: number): void {
    const taken = (this.stocked.get(product) ?? 0) - this.quantity(product);
    this.stocked.set(product, quantity + taken);
  }

  /** On hand: neither reserved nor sold. */
  quantity(product: string): number {
    const reserved = total(product, this.reservations.values());
    return (this.stocked.get(product) ?? 0) - reserved - this.sold(product);
  }

  sold(product: string): number {
    return total(product, this.settled);
  }

  /** Its process ends: what is reserved is forgotten, and what was settled from that number on. */
  crash(settledBelow = this.settledBelow): void {
    this.isUp = false;
    this.isStockKnown = this.session.term === 0;
    this.reservations.clear();
    this.settled = this.settled.filter(({ number }) => number < settledBelow);
    this.settledBelow = settledBelow;
  }

  open({ term, session: number }: OpenCatalog): Event {
    const isNewer = term > this.session.term || (term === this.session.term && number > this.session.number);
    if (!this.isUp || !isNewer) return { type: "catalog-closed", session: number };
    this.session = { term, number, replayed: false };
    return { type: "catalog-opened", session: number, settledBelow: this.settledBelow };
  }

  /** Does the work of a session, and `answer`s its reserves; of an older one nothing. */
  work(term: Term, session: number, work: CatalogWork, answer: (event: ReplyEvent) => void): void {
    if (!this.isUp || term !== this.session.term || session !== this.session.number) return;
    for (const order of work.settles) this.settle(order);
    for (const key of work.returns) this.reservations.delete(key);
    const replies = work.reserves.map((reserve) => ({ ticket: reserve.ticket, code: this.reserve(reserve) }));
    if (work.replayed === true) this.finishReplay();
    if (replies.length === 0) return;
    const send = (): void => answer({ type: "catalog-replies", session, replies });
    if (this.holdsReplies) this.held.push(send);
    else send();
  }

  release(): void {
    this.holdsReplies = false;
    for (const send of this.held.splice(0)) send();
  }

  private reserve({ key, product, quantity }: Reserve): ReserveCode {
    const held = this.reservations.get(key);
    if (held !== undefined && !isSame(held, { product, quantity })) throw new Error(`${key} has another reservation`);
    const left = this.quantity(product);
    if (!this.stocked.has(product)) return -3;
    if (held === undefined && quantity > left) return -1;
    this.reservations.set(key, { product, quantity, session: this.session });
    return 1;
  }

  private settle(order: Order): void {
    if (order.number < this.settledBelow) return;
    if (order.number > this.settledBelow) throw new Error(`settle ${order.number} is out of sequence`);
    this.settledBelow++;
    const held = this.reservations.get(order.key);
    this.reservations.delete(order.key);
    if (held === undefined || !isSame(held, order)) {
      const isExpected = held === undefined && !this.isStockKnown && order.quantity <= this.quantity(order.product);
      (isExpected ? this.booked : this.alarms).push(order);
    }
    this.settled.push(order);
  }

  private finishReplay(): void {
    if (this.session.replayed) throw new Error("a session has one replay");
    this.session.replayed = true;
    this.isStockKnown = true;
    for (const [key, { session }] of this.reservations) if (session !== this.session) this.reservations.delete(key);
  }
}

interface Quantity {
  readonly product: string;
  readonly quantity: number;
}

function isSame(one: Quantity, other: Quantity): boolean {
  return one.product === other.product && one.quantity === other.quantity;
}

function total(product: string, of: Iterable<Quantity>): number {
  let sum = 0;
  for (const one of of) if (one.product === product) sum += one.quantity;
  return sum;
}
