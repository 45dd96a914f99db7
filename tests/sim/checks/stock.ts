import type { CommittedLog } from "./committed-log.ts";

/** What the catalog wrote to its log, as far as stock is concerned. */
export type StockChange =
  | {
      readonly version: number;
      readonly type: "reserve";
      readonly key: string;
      readonly product: string;
      readonly quantity: number;
    }
  | { readonly version: number; readonly type: "return"; readonly key: string }
  | {
      readonly version: number;
      readonly type: "settle";
      readonly number: number;
      readonly key: string;
      readonly product: string;
      readonly quantity: number;
    }
  | { readonly version: number; readonly type: "restock"; readonly product: string; readonly quantity: number }
  | { readonly version: number; readonly type: "fence" | "edit" | "checkpoint" };

/** A product's totals, and everything else that a catalog starts with. */
export interface StockImage {
  readonly version: number;
  readonly settledBelow: number;
  readonly products: readonly {
    readonly name: string;
    readonly version: number;
    readonly initial: number;
    readonly restocked: number;
    readonly adjusted: number;
    readonly onHand: number;
    readonly reserved: number;
    readonly sold: number;
  }[];
  readonly reservations: readonly {
    readonly key: string;
    readonly product: string;
    readonly quantity: number;
    readonly version: number;
  }[];
}

interface Shelf {
  came: number;
  onHand: number;
  reserved: number;
  sold: number;
}

type Fail = (check: string, message: string) => void;

const conserved = "stock is conserved";

/**
 * A second set of books, kept from the catalog's changes alone: nothing is sold
 * that is not committed, nothing committed is given back, and the sums hold
 * (P3). A restarted catalog has to come back with books that agree.
 */
export class Stock {
  private readonly shelves = new Map<string, Shelf>();
  private readonly reservations = new Map<string, { readonly product: string; readonly quantity: number }>();
  private settledBelow = 0;

  constructor(
    private readonly committed: CommittedLog,
    private readonly fail: Fail,
  ) {}

  onStart(image: StockImage): void {
    this.shelves.clear();
    this.reservations.clear();
    this.settledBelow = image.settledBelow;
    for (const { name, initial, restocked, adjusted, onHand, reserved, sold } of image.products) {
      this.shelves.set(name, { came: initial + restocked + adjusted, onHand, reserved, sold });
    }
    for (const { key, product, quantity } of image.reservations) this.reservations.set(key, { product, quantity });
    this.checkSums();
    this.checkSold();
  }

  onChange(change: StockChange): void {
    switch (change.type) {
      case "reserve":
        return this.onReserve(change.key, change.product, change.quantity);
      case "return":
        return this.onReturn(change.key);
      case "settle":
        return this.onSettle(change);
      case "restock":
        this.shelf(change.product).came += change.quantity;
        this.shelf(change.product).onHand += change.quantity;
        return;
      default:
        return;
    }
  }

  /** At the end of a run, when nothing is under way: the books and the catalog agree, and nothing is left reserved. */
  onEnd(image: StockImage): void {
    for (const product of image.products) {
      const { onHand, reserved, sold } = this.shelf(product.name);
      if (onHand !== product.onHand || reserved !== product.reserved || sold !== product.sold) {
        this.fail(
          conserved,
          `${product.name}: the catalog says ${JSON.stringify(product)}, the books ${onHand}/${reserved}/${sold}`,
        );
      }
      if (reserved !== 0) this.fail("reservations end", `${reserved} of ${product.name} are still reserved`);
    }
    if (this.settledBelow !== this.committed.orders.length) {
      this.fail("orders are settled", `${this.settledBelow} of ${this.committed.orders.length} orders are settled`);
    }
    this.checkSums();
    this.checkSold();
  }

  private onReserve(key: string, product: string, quantity: number): void {
    const shelf = this.shelf(product);
    shelf.onHand -= quantity;
    shelf.reserved += quantity;
    if (shelf.onHand < 0)
      this.fail("never oversold", `${product} is at ${shelf.onHand} after the reservation of ${key}`);
    if (this.committed.orderWithKey(key) !== undefined) {
      this.fail("an order takes stock once", `${key} is reserved again, and committed`);
    }
    this.reservations.set(key, { product, quantity });
  }

  private onReturn(key: string): void {
    const held = this.reservations.get(key);
    if (held === undefined) return this.fail(conserved, `${key} is returned, and not reserved`);
    if (this.committed.orderWithKey(key) !== undefined) {
      this.fail("what is sold stays sold", `the reservation of ${key} is returned, and its order is committed`);
    }
    this.reservations.delete(key);
    const shelf = this.shelf(held.product);
    shelf.reserved -= held.quantity;
    shelf.onHand += held.quantity;
  }

  private onSettle(settle: Extract<StockChange, { type: "settle" }>): void {
    const order = this.committed.orders[settle.number];
    if (order === undefined)
      return this.fail("settled means committed", `order ${settle.number} is settled, and not committed`);
    if (order.key !== settle.key || order.product !== settle.product || order.quantity !== settle.quantity) {
      this.fail(
        "settled means committed",
        `${JSON.stringify(settle)} is settled, ${JSON.stringify(order)} is committed`,
      );
    }
    if (settle.number !== this.settledBelow)
      this.fail(conserved, `order ${settle.number} is settled after ${this.settledBelow}`);
    const held = this.reservations.get(settle.key);
    if (held === undefined) {
      return this.fail(
        "what is sold was reserved",
        `order ${settle.number} (${settle.key}) is settled without a reservation`,
      );
    }
    this.reservations.delete(settle.key);
    this.settledBelow++;
    const shelf = this.shelf(settle.product);
    shelf.reserved -= settle.quantity;
    shelf.sold += settle.quantity;
  }

  private checkSums(): void {
    for (const [name, { came, onHand, reserved, sold }] of this.shelves) {
      if (came !== onHand + reserved + sold) {
        this.fail(conserved, `${name}: ${came} came, ${onHand} on hand + ${reserved} reserved + ${sold} sold`);
      }
    }
  }

  /** What the catalog calls sold is what the order log says, up to where it has settled. */
  private checkSold(): void {
    const sold = new Map<string, number>();
    for (const { product, quantity } of this.committed.orders.slice(0, this.settledBelow)) {
      sold.set(product, (sold.get(product) ?? 0) + quantity);
    }
    for (const [name, shelf] of this.shelves) {
      if (shelf.sold !== (sold.get(name) ?? 0)) {
        this.fail("sold is what was ordered", `${name}: ${shelf.sold} sold, ${sold.get(name) ?? 0} in the order log`);
      }
    }
  }

  private shelf(name: string): Shelf {
    let shelf = this.shelves.get(name);
    if (shelf === undefined) this.shelves.set(name, (shelf = { came: 0, onHand: 0, reserved: 0, sold: 0 }));
    return shelf;
  }
}
