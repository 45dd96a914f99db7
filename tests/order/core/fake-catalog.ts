import type {
  CatalogWork,
  Effect,
  Event,
  Key,
  Order,
  Reservation,
  ReserveCode,
  Term,
} from "../../../services/order/core/types.ts";

type OpenCatalog = Extract<Effect, { type: "open-catalog" }>;
type ReplyEvent = Extract<Event, { type: "catalog-replies" }>;

/** The catalog's side of a session, as catalog.proto has it, in memory and synced at once. */
export class FakeCatalog {
  isUp = true;
  /** Answers to reserves stay here until `release`. */
  holdsReplies = false;
  settledBelow = 0;
  /** Orders that were settled without a reservation. */
  readonly alarms: Order[] = [];
  readonly sold = new Map<string, number>();
  readonly reservations = new Map<Key, Reservation>();
  private readonly onHand = new Map<string, number>();
  private fence = { term: 0, session: 0 };
  private held: (() => void)[] = [];

  stock(product: string, quantity: number): void {
    this.onHand.set(product, quantity);
  }

  quantity(product: string): number {
    return this.onHand.get(product) ?? 0;
  }

  open({ term, session }: OpenCatalog): Event {
    const isNewer = term > this.fence.term || (term === this.fence.term && session > this.fence.session);
    if (!this.isUp || !isNewer) return { type: "catalog-closed", session };
    this.fence = { term, session };
    return {
      type: "catalog-opened",
      session,
      unsettled: [...this.reservations.values()],
      settledBelow: this.settledBelow,
    };
  }

  /** Does the work of a session, and `answer`s its reserves; of an older one nothing. */
  work(term: Term, session: number, work: CatalogWork, answer: (event: ReplyEvent) => void): void {
    if (!this.isUp || term !== this.fence.term || session !== this.fence.session) return;
    for (const order of work.settles) this.settle(order);
    for (const key of work.returns) this.giveBack(key);
    if (work.reserves.length === 0) return;
    const replies = work.reserves.map((reserve) => ({ ticket: reserve.ticket, code: this.reserve(reserve) }));
    const send = (): void => answer({ type: "catalog-replies", session, replies });
    if (this.holdsReplies) this.held.push(send);
    else send();
  }

  release(): void {
    this.holdsReplies = false;
    for (const send of this.held.splice(0)) send();
  }

  private reserve({ key, product, quantity }: Reservation): ReserveCode {
    if (this.reservations.has(key)) return 1;
    const left = this.onHand.get(product);
    if (left === undefined) return -3;
    if (quantity > left) return -1;
    this.onHand.set(product, left - quantity);
    this.reservations.set(key, { key, product, quantity });
    return 1;
  }

  private settle(order: Order): void {
    if (order.number < this.settledBelow) return;
    if (order.number > this.settledBelow) throw new Error(`settle ${order.number} is out of sequence`);
    this.settledBelow++;
    if (!this.reservations.delete(order.key)) this.alarms.push(order);
    this.sold.set(order.product, (this.sold.get(order.product) ?? 0) + order.quantity);
  }

  private giveBack(key: Key): void {
    const reservation = this.reservations.get(key);
    if (reservation === undefined) return;
    this.reservations.delete(key);
    this.stock(reservation.product, this.quantity(reservation.product) + reservation.quantity);
  }
}
