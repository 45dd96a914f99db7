import { assert } from "../../lib/assert.ts";
import { type MutableProduct, unsold } from "./product.ts";
import type { Row, Rows, Sheet } from "./types.ts";

/**
 * What catalog.csv shows. A checkpoint is one change in the log: its place there
 * says what it shows, namely what is not sold then. The product keeps the quantity
 * that the last checkpoint shows, and `before` what the one before it showed, so
 * that a start can tell, without a copy of the file, what was edited in it.
 */
export class Showing {
  /** Every product that differs from its row is among them. */
  private readonly unshown = new Set<MutableProduct>();
  /** Nothing that is shown is more. */
  private largest = 0;

  constructor(
    private number: number,
    /** What the checkpoint before the last one had in the rows that the last one changed. */
    private before: ReadonlyMap<MutableProduct, number>,
    products: readonly MutableProduct[],
  ) {
    for (const product of products) {
      this.largest = Math.max(this.largest, product.shown);
      if (product.shown !== unsold(product)) this.unshown.add(product);
    }
  }

  /** Number of the last checkpoint. */
  get checkpoint(): number {
    return this.number;
  }

  /** There is a checkpoint before the last one that catalog.csv may still hold. */
  get hasBefore(): boolean {
    return this.before.size > 0;
  }

  /** The last checkpoint shows everything that is not sold. */
  get isCurrent(): boolean {
    for (const product of this.unshown) {
      if (product.shown !== unsold(product)) return false;
      this.unshown.delete(product);
    }
    return true;
  }

  touched(product: MutableProduct): void {
    this.unshown.add(product);
  }

  /** `keep` is called before each change of a product. */
  advance(number: number, keep: (product: MutableProduct) => void): void {
    const before = new Map<MutableProduct, number>();
    for (const product of this.unshown) {
      if (product.shown === unsold(product)) continue;
      keep(product);
      before.set(product, product.shown);
      this.show(product, unsold(product));
    }
    this.unshown.clear();
    this.before = before;
    this.number = number;
  }

  /** catalog.csv as found becomes checkpoint `number`: as `based` was, but for edits that are told with `found`. */
  restOn(number: number, based: number): void {
    if (based !== this.number) {
      for (const [product, quantity] of this.before) this.found(product, quantity);
    }
    this.before = new Map();
    this.number = number;
  }

  /** The row of this product was found with this quantity. */
  found(product: MutableProduct, quantity: number): void {
    this.show(product, quantity);
    this.unshown.add(product);
  }

  /** What checkpoint `based`, the last one or the one before, has in the row of the product. */
  quantityIn(based: number, product: MutableProduct): number {
    return based === this.number ? product.shown : (this.before.get(product) ?? product.shown);
  }

  /** By place, the rows that the last checkpoint changed and what they held before. */
  changes(): [MutableProduct, number][] {
    return [...this.before].sort(([a], [b]) => a.place - b.place);
  }

  sheetOf(products: readonly MutableProduct[]): Sheet {
    const { before, largest } = this;
    const changed = { [Symbol.iterator]: () => placesOf(before) };
    const rows = this.rowsOf(products, this.number);
    const row = (place: number): Row => {
      const found = rows.row(place);
      // A wider cell would move all that follows it.
      assert(found.quantity <= largest, `${found.name} shows ${found.quantity}, more than ${largest}`);
      return found;
    };
    return { ...rows, row, changed, largest };
  }

  /** What catalog.csv holds with checkpoint `based`, the last one or the one before. */
  rowsOf(products: readonly MutableProduct[], based: number): Rows {
    return {
      length: products.length,
      row: (place) => {
        const product = products[place];
        assert(product !== undefined, `catalog.csv has no row ${place}`);
        return { name: product.name, priceCents: product.priceCents, quantity: this.quantityIn(based, product) };
      },
    };
  }

  private show(product: MutableProduct, quantity: number): void {
    product.shown = quantity;
    if (quantity > this.largest) this.largest = quantity;
  }
}

function* placesOf(products: ReadonlyMap<MutableProduct, number>): Generator<number> {
  for (const { place } of products.keys()) yield place;
}
