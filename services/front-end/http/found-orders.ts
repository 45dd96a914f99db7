import { Cache } from "../core/cache.ts";

const entriesMax = 262_144;

/**
 * Bodies of replies to look-ups. A committed order never changes (P1), so what was
 * found once may be shown for ever, without a lease and without asking; only the
 * least recently used go. Purchases do not fill it: a look-up is to tell what is in
 * the log, not what this front-end believes to be there.
 */
export class FoundOrders {
  private readonly bodies = new Cache<number, string>(entriesMax);
  private storeId: string | undefined;

  constructor(private readonly orders: { readonly storeId: string | undefined }) {}

  get(number: number): string | undefined {
    this.forgetOtherStore();
    return this.bodies.get(number);
  }

  /** `askedOf`: the store's id when the look-up was sent. */
  keep(number: number, body: string, askedOf: string | undefined): void {
    this.forgetOtherStore();
    if (askedOf === this.storeId) this.bodies.set(number, body);
  }

  /** The replicas were given another store's files while this front-end ran on. */
  private forgetOtherStore(): void {
    if (this.orders.storeId === this.storeId) return;
    this.bodies.clear();
    this.storeId = this.orders.storeId;
  }
}
