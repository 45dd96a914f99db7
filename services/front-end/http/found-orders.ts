import type { Order } from "../core/types.ts";

export interface FoundOrdersLimits {
  /** Orders that are remembered; of two whose numbers differ by a multiple of it, the one found last. */
  readonly ordersMax: number;
  /** Names of products among them; at most 65,536. With one more, everything is forgotten. */
  readonly namesMax: number;
}

/** Ten bytes an order. */
const usualLimits: FoundOrdersLimits = { ordersMax: 1_048_576, namesMax: 65_536 };

/**
 * Orders that were looked up, and their neighbours in the log that came with them,
 * as bodies of replies. A committed order never changes (P1), so what was found
 * once may be shown for ever, without a lease and without asking. Purchases do not
 * fill it: a look-up is to tell what is in the log, not what this front-end
 * believes to be there.
 */
export class FoundOrders {
  /** A ring: order n has slot n % ordersMax. How often the ring was gone round to come to n, plus one; 0: no order. */
  private readonly laps: Uint32Array;
  private readonly quantities: Uint32Array;
  /** Places in `names`. */
  private readonly nameOf: Uint16Array;
  /** As JSON. */
  private names: string[] = [];
  private placeOf = new Map<string, number>();
  private storeId: string | undefined;

  constructor(
    private readonly orders: { readonly storeId: string | undefined },
    private readonly limits = usualLimits,
  ) {
    this.laps = new Uint32Array(limits.ordersMax);
    this.quantities = new Uint32Array(limits.ordersMax);
    this.nameOf = new Uint16Array(limits.ordersMax);
  }

  /** The body of the reply; undefined: the order is not known here. */
  get(number: number): string | undefined {
    this.forgetOtherStore();
    const slot = number % this.limits.ordersMax;
    if (this.laps[slot] !== this.lapOf(number)) return undefined;
    return bodyOf(number, this.names[this.nameOf[slot] as number] as string, this.quantities[slot] as number);
  }

  /** `askedOf`: the store's id when they were asked for. */
  keep(orders: readonly Order[], askedOf: string | undefined): void {
    this.forgetOtherStore();
    if (askedOf !== this.storeId) return;
    for (const { number, product, quantity } of orders) {
      const slot = number % this.limits.ordersMax;
      this.nameOf[slot] = this.place(product);
      this.quantities[slot] = quantity;
      this.laps[slot] = this.lapOf(number);
    }
  }

  private lapOf(number: number): number {
    return Math.floor(number / this.limits.ordersMax) + 1;
  }

  private place(product: string): number {
    const known = this.placeOf.get(product);
    if (known !== undefined) return known;
    if (this.names.length === this.limits.namesMax) this.forget();
    this.placeOf.set(product, this.names.length);
    return this.names.push(JSON.stringify(product)) - 1;
  }

  /** The replicas were given another store's files while this front-end ran on. */
  private forgetOtherStore(): void {
    if (this.orders.storeId === this.storeId) return;
    this.forget();
    this.storeId = this.orders.storeId;
  }

  private forget(): void {
    this.laps.fill(0);
    this.names = [];
    this.placeOf = new Map();
  }
}

export function bodyOfOrder({ number, product, quantity }: Order): string {
  return bodyOf(number, JSON.stringify(product), quantity);
}

/** `name`: as JSON. */
function bodyOf(number: number, name: string, quantity: number): string {
  return `{"data":{"number":${number},"name":${name},"quantity":${quantity}}}`;
}
