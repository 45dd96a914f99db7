export interface OrderRingLimits {
  /** Of two orders whose numbers differ by a multiple of it, the one that came last is here. */
  readonly ordersMax: number;
  /** Names of products among them; at most 65,536. With one more, everything is forgotten. */
  readonly namesMax: number;
}

/** What is known of an order by its number: a committed one never changes (P1). */
export interface RingOrder {
  /** As the ring spells it. */
  readonly name: string;
  readonly quantity: number;
}

/** Orders without their keys, in ten bytes each. Their numbers are below (2^32 - 1) times `ordersMax`. */
export class OrderRing {
  /** A ring: order n has slot n % ordersMax. How often the ring was gone round to come to n, plus one; 0: no order. */
  private readonly laps: Uint32Array;
  private readonly quantities: Uint32Array;
  /** Places in `names`. */
  private readonly nameOf: Uint16Array;
  private names: string[] = [];
  private placeOf = new Map<string, number>();

  constructor(
    private readonly limits: OrderRingLimits,
    private readonly spell: (product: string) => string = (product) => product,
  ) {
    this.laps = new Uint32Array(limits.ordersMax);
    this.quantities = new Uint32Array(limits.ordersMax);
    this.nameOf = new Uint16Array(limits.ordersMax);
  }

  get(number: number): RingOrder | undefined {
    const slot = number % this.limits.ordersMax;
    if (this.laps[slot] !== this.lapOf(number)) return undefined;
    return { name: this.names[this.nameOf[slot] as number] as string, quantity: this.quantities[slot] as number };
  }

  /** `quantity`: below 2^32. */
  set(number: number, product: string, quantity: number): void {
    const slot = number % this.limits.ordersMax;
    this.nameOf[slot] = this.place(product);
    this.quantities[slot] = quantity;
    this.laps[slot] = this.lapOf(number);
  }

  clear(): void {
    this.laps.fill(0);
    this.names = [];
    this.placeOf = new Map();
  }

  private lapOf(number: number): number {
    return Math.floor(number / this.limits.ordersMax) + 1;
  }

  private place(product: string): number {
    const known = this.placeOf.get(product);
    if (known !== undefined) return known;
    if (this.names.length === this.limits.namesMax) this.clear();
    this.placeOf.set(product, this.names.length);
    return this.names.push(this.spell(product)) - 1;
  }
}
