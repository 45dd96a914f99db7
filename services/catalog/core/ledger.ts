import { assert, unreachable } from "../../lib/assert.ts";
import { assertConserved, type MutableProduct, newProduct } from "./product.ts";
import type {
  Change,
  Checkpoint,
  Deed,
  Edit,
  Fence,
  Image,
  Key,
  Product,
  Reservation,
  Row,
  Settle,
  Version,
} from "./types.ts";

/** What is known of an order that is to be settled. */
export type SettleCase = "reserved" | "unreserved" | "contradicted" | "unknown-product";

/**
 * The stock: products, reservations, fence and checkpoints. It is changed only by
 * `apply`, by the running catalog and by recovery alike, so that replaying the log
 * gives what was. A change must be possible: deciding is the caller's part.
 */
export class Ledger {
  private readonly products = new Map<string, MutableProduct>();
  private readonly reservations = new Map<Key, Reservation>();
  /** Products with a visible change since takeChanged(). */
  private readonly changed = new Set<string>();
  private lastVersion: Version;
  private lastVisible: Version;
  private ownStoreId: string | undefined;
  private ownFence: Fence;
  private ownSettledBelow: number;
  private ownCheckpoint: Checkpoint;
  private previousCheckpoint: Checkpoint | undefined;

  constructor(image: Image) {
    this.lastVersion = image.version;
    this.lastVisible = 0 as Version;
    this.ownStoreId = image.storeId;
    this.ownFence = image.fence;
    this.ownSettledBelow = image.settledBelow;
    this.ownCheckpoint = image.checkpoint;
    this.previousCheckpoint = image.previousCheckpoint;
    for (const product of image.products) {
      this.products.set(product.name, { ...product });
      if (product.version > this.lastVisible) this.lastVisible = product.version;
      assertConserved(product);
    }
    for (const reservation of image.reservations) this.reservations.set(reservation.key, reservation);
  }

  /** Of the last change. */
  get version(): Version {
    return this.lastVersion;
  }

  /** Of the last change that a read can show. */
  get visibleVersion(): Version {
    return this.lastVisible;
  }

  get storeId(): string | undefined {
    return this.ownStoreId;
  }

  get fence(): Fence {
    return this.ownFence;
  }

  get settledBelow(): number {
    return this.ownSettledBelow;
  }

  get checkpoint(): Checkpoint {
    return this.ownCheckpoint;
  }

  get reservationCount(): number {
    return this.reservations.size;
  }

  product(name: string): Product | undefined {
    return this.products.get(name);
  }

  allProducts(): Iterable<Product> {
    return this.products.values();
  }

  reservation(key: Key): Reservation | undefined {
    return this.reservations.get(key);
  }

  /** Oldest first. */
  unsettled(): Reservation[] {
    return [...this.reservations.values()];
  }

  /** What catalog.csv should hold. */
  rows(): Row[] {
    return [...this.products.values()].map(({ name, priceCents, onHand }) => ({ name, priceCents, quantity: onHand }));
  }

  image(): Image {
    return {
      version: this.lastVersion,
      storeId: this.ownStoreId,
      fence: this.ownFence,
      settledBelow: this.ownSettledBelow,
      checkpoint: this.ownCheckpoint,
      previousCheckpoint: this.previousCheckpoint,
      products: [...this.products.values()].map((product) => ({ ...product })),
      reservations: this.unsettled(),
    };
  }

  /** The names of the products with a visible change since the last call, each once. */
  takeChanged(): string[] {
    if (this.changed.size === 0) return [];
    const names = [...this.changed];
    this.changed.clear();
    return names;
  }

  caseOf(settle: Settle): SettleCase {
    const held = this.reservations.get(settle.key);
    if (held?.product === settle.product && held.quantity === settle.quantity) return "reserved";
    if (!this.products.has(settle.product)) return "unknown-product";
    return held === undefined ? "unreserved" : "contradicted";
  }

  apply(change: Change): void {
    assert(change.version === this.lastVersion + 1, `change ${change.version} after ${this.lastVersion}`);
    this.lastVersion = change.version;
    this.perform(change);
  }

  private perform(deed: Deed): void {
    switch (deed.type) {
      case "reserve":
        return this.reserve(deed.key, deed.product, deed.quantity);
      case "settle":
        return this.settle(deed);
      case "return":
        return this.giveBack(deed.key);
      case "restock":
        return this.restock(deed.product, deed.quantity);
      case "fence":
        this.ownStoreId = deed.storeId;
        this.ownFence = { term: deed.term, session: deed.session };
        return;
      case "edit":
        for (const edit of deed.edits) this.edit(edit);
        this.ownCheckpoint = deed.checkpoint;
        this.previousCheckpoint = undefined;
        return;
      case "checkpoint":
        this.previousCheckpoint = this.ownCheckpoint;
        this.ownCheckpoint = deed.checkpoint;
        return;
      default:
        return unreachable(deed);
    }
  }

  private reserve(key: Key, name: string, quantity: number): void {
    const product = this.existing(name);
    assert(!this.reservations.has(key), `a second reservation of ${key}`);
    product.onHand -= quantity;
    product.reserved += quantity;
    this.reservations.set(key, { key, product: name, quantity, version: this.lastVersion });
    this.touch(product);
  }

  private giveBack(key: Key): void {
    const held = this.reservations.get(key);
    assert(held !== undefined, `no reservation of ${key} to return`);
    this.reservations.delete(key);
    const product = this.existing(held.product);
    product.reserved -= held.quantity;
    product.onHand += held.quantity;
    this.touch(product);
  }

  /** The order log is the truth about what was sold; stock follows it, whatever was reserved. */
  private settle(settle: Settle): void {
    assert(settle.number === this.ownSettledBelow, `order ${settle.number} settled at ${this.ownSettledBelow}`);
    this.ownSettledBelow += 1;
    const settleCase = this.caseOf(settle);
    if (settleCase === "reserved") {
      const product = this.existing(settle.product);
      this.reservations.delete(settle.key);
      product.reserved -= settle.quantity;
      product.sold += settle.quantity;
      assertConserved(product);
      return;
    }
    if (this.reservations.has(settle.key)) this.giveBack(settle.key);
    if (settleCase !== "unknown-product") this.sellUnreserved(this.existing(settle.product), settle.quantity);
  }

  /** What is not on hand any more can only have come from an adjustment nobody told of. */
  private sellUnreserved(product: MutableProduct, quantity: number): void {
    const taken = Math.min(product.onHand, quantity);
    product.onHand -= taken;
    product.adjusted += quantity - taken;
    product.sold += quantity;
    this.touch(product);
  }

  private restock(name: string, quantity: number): void {
    const product = this.existing(name);
    product.restocked += quantity;
    product.onHand += quantity;
    this.touch(product);
  }

  private edit(edit: Edit): void {
    if (edit.isNew) {
      assert(!this.products.has(edit.product), `product ${edit.product} is not new`);
      const product = newProduct(edit.product, edit.priceCents, edit.quantity, this.lastVersion);
      this.products.set(edit.product, product);
      this.touch(product);
      return;
    }
    const product = this.existing(edit.product);
    product.priceCents = edit.priceCents;
    product.adjusted += edit.quantity;
    product.onHand += edit.quantity;
    this.touch(product);
  }

  private existing(name: string): MutableProduct {
    const product = this.products.get(name);
    assert(product !== undefined, `a change of the unknown product ${name}`);
    return product;
  }

  private touch(product: MutableProduct): void {
    product.version = this.lastVersion;
    this.lastVisible = this.lastVersion;
    this.changed.add(product.name);
    assertConserved(product);
  }
}

/** A new catalog: every product at its first quantity, nothing reserved, nothing sold. */
export function foundingImage(rows: readonly Row[], checkpoint: Checkpoint): Image {
  const version = 1 as Version;
  return {
    version,
    storeId: undefined,
    fence: { term: 0, session: 0 },
    settledBelow: 0,
    checkpoint,
    previousCheckpoint: undefined,
    products: rows.map((row) => newProduct(row.name, row.priceCents, row.quantity, version)),
    reservations: [],
  };
}
