import { NumberedRing, type NumberedRingLimits } from "../../lib/numbered-ring.ts";
import type { Order } from "../core/types.ts";

const usualLimits: NumberedRingLimits = { rowsMax: 1_048_576, namesMax: 65_536 };

/**
 * Orders that were looked up, and their neighbours in the log that came with them,
 * as bodies of replies. A committed order never changes (P1), so what was found
 * once may be shown for ever, without a lease and without asking. Purchases do not
 * fill it: a look-up is to tell what a replica holds as committed, not what this
 * front-end believes to be there.
 */
export class FoundOrders {
  private readonly ring: NumberedRing;
  private storeId: string | undefined;

  constructor(
    private readonly orders: { readonly storeId: string | undefined },
    limits = usualLimits,
  ) {
    this.ring = new NumberedRing(limits, JSON.stringify);
  }

  /** The body of the reply; undefined: the order is not known here. */
  get(number: number): string | undefined {
    this.forgetOtherStore();
    const order = this.ring.get(number);
    return order === undefined ? undefined : bodyOf(number, order.name, order.count);
  }

  /** `askedOf`: the store's id when they were asked for. */
  keep(orders: readonly Order[], askedOf: string | undefined): void {
    this.forgetOtherStore();
    if (askedOf !== this.storeId) return;
    for (const { number, product, quantity } of orders) this.ring.set(number, product, quantity);
  }

  /** The replicas were given another store's files while this front-end ran on. */
  private forgetOtherStore(): void {
    if (this.orders.storeId === this.storeId) return;
    this.ring.clear();
    this.storeId = this.orders.storeId;
  }
}

export function bodyOfOrder({ number, product, quantity }: Order): string {
  return bodyOf(number, JSON.stringify(product), quantity);
}

/** `name`: as JSON. */
function bodyOf(number: number, name: string, quantity: number): string {
  return `{"data":{"number":${number},"name":${name},"quantity":${quantity}}}`;
}
