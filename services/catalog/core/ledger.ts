import { assert, unreachable } from "../../lib/assert.ts";
import { assertConserved, copyOf, type MutableProduct, newProduct, placed } from "./product.ts";
import { ProgressiveCopy } from "./progressive-copy.ts";
import { Showing } from "./showing.ts";
import type {
  Change,
  Deed,
  Edit,
  Fence,
  Image,
  Key,
  Portrait,
  Product,
  Reservation,
  Settle,
  Sheet,
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
  private readonly byPlace: MutableProduct[] = [];
  private readonly soldOut = new Set<MutableProduct>();
  private readonly reservations = new Map<Key, Reservation>();
  /** Products with a visible change since takeChanged(). */
  private readonly changed = new Set<string>();
  private lastVersion: Version;
  private lastVisible: Version;
  private ownStoreId: string | undefined;
  private ownFence: Fence;
  private ownSettledBelow: number;
  private readonly showing: Showing;
  /** It is being gone through. */
  private copy: ProgressiveCopy | undefined;

  constructor(image: Portrait) {
    this.lastVersion = image.version;
    this.lastVisible = 0 as Version;
    this.ownStoreId = image.storeId;
    this.ownFence = image.fence;
    this.ownSettledBelow = image.settledBelow;
    for (const product of image.products) this.add(product);
    for (const reservation of image.reservations) this.reservations.set(reservation.key, reservation);
    const before = image.before.map(({ product, quantity }) => [this.existing(product), quantity] as const);
    this.showing = new Showing(image.checkpoint, new Map(before), this.byPlace);
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

  get checkpoint(): number {
    return this.showing.checkpoint;
  }

  get isShown(): boolean {
    return this.showing.isCurrent;
  }

  /** catalog.csv may still hold the checkpoint before the last one. */
  get hasCheckpointBefore(): boolean {
    return this.showing.hasBefore;
  }

  /** Each name once. */
  get productCount(): number {
    return this.products.size;
  }

  get reservationCount(): number {
    return this.reservations.size;
  }

  product(name: string): Product | undefined {
    return this.products.get(name);
  }

  allProducts(): Iterable<Product> {
    return this.byPlace;
  }

  reservation(key: Key): Reservation | undefined {
    return this.reservations.get(key);
  }

  /** Oldest first. */
  unsettled(): Reservation[] {
    return [...this.reservations.values()];
  }

  soldOutProducts(): Product[] {
    return [...this.soldOut];
  }

  /** What catalog.csv holds once the last checkpoint is published; unchanged until the next one is logged. */
  sheet(): Sheet {
    return this.showing.sheetOf(this.byPlace);
  }

  /** What a checkpoint, the last one or the one before, shows of a product; noRow: nothing. */
  shownIn(checkpoint: number, name: string): number {
    return this.showing.quantityIn(checkpoint, this.existing(name));
  }

  image(): Image {
    return { ...this.portraitOf(this.byPlace), products: this.byPlace.map(copyOf) };
  }

  /** Everything as it is now, to be gone through while the ledger goes on, until endPortrait(). Undefined: another one is. */
  portrait(): Portrait | undefined {
    if (this.copy !== undefined) return undefined;
    this.copy = new ProgressiveCopy(this.byPlace);
    return this.portraitOf(this.copy);
  }

  endPortrait(): void {
    this.copy = undefined;
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
        this.showing.restOn(deed.checkpoint, deed.based);
        for (const edit of deed.edits) this.edit(edit);
        return;
      case "checkpoint":
        this.showing.advance(deed.checkpoint, (product) => this.copy?.keep(product));
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
      this.touch(this.add(newProduct(edit.product, edit.priceCents, edit.quantity, this.lastVersion)));
      return;
    }
    const product = this.existing(edit.product);
    this.showing.found(product, edit.shown);
    product.priceCents = edit.priceCents;
    product.adjusted += edit.quantity;
    product.onHand += edit.quantity;
    this.touch(product);
  }

  /** It may be about to change. */
  private existing(name: string): MutableProduct {
    const product = this.products.get(name);
    assert(product !== undefined, `a change of the unknown product ${name}`);
    this.copy?.keep(product);
    return product;
  }

  private add(product: Product): MutableProduct {
    const added = placed(product, this.byPlace.length);
    this.products.set(added.name, added);
    this.byPlace.push(added);
    if (added.onHand === 0) this.soldOut.add(added);
    if (added.version > this.lastVisible) this.lastVisible = added.version;
    assertConserved(added);
    return added;
  }

  private portraitOf(products: Iterable<Product>): Portrait {
    return {
      version: this.lastVersion,
      storeId: this.ownStoreId,
      fence: this.ownFence,
      settledBelow: this.ownSettledBelow,
      checkpoint: this.checkpoint,
      before: this.showing.changes().map(([{ name }, quantity]) => ({ product: name, quantity })),
      reservations: this.unsettled(),
      products,
    };
  }

  private touch(product: MutableProduct): void {
    product.version = this.lastVersion;
    this.lastVisible = this.lastVersion;
    this.changed.add(product.name);
    this.showing.touched(product);
    if (product.onHand === 0) this.soldOut.add(product);
    else if (this.soldOut.size > 0) this.soldOut.delete(product);
    assertConserved(product);
  }
}
