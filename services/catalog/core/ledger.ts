import { assert, unreachable } from "../../lib/assert.ts";
import { assertConserved, copyOf, firstVersion, type MutableProduct, newProduct, placed } from "./product.ts";
import { ProgressiveCopy } from "./progressive-copy.ts";
import { Showing } from "./showing.ts";
import type {
  Change,
  Deed,
  Edit,
  Fence,
  Image,
  Portrait,
  Position,
  Product,
  Rows,
  Sale,
  Sheet,
  Version,
} from "./types.ts";

/**
 * The stock: products, fence and checkpoints. What lasts is changed only by
 * `apply`, by the running catalog and by recovery alike, so that replaying the log
 * gives what was. What is set aside of it meanwhile lasts as long as the process.
 * A change must be possible: deciding is the caller's part.
 */
export class Ledger {
  private readonly products = new Map<string, MutableProduct>();
  private readonly byPlace: MutableProduct[] = [];
  private readonly soldOut = new Set<MutableProduct>();
  /** Products whose price or stock on hand has changed since takeChanged(). */
  private readonly changed = new Set<string>();
  private lastPosition: Position;
  private lastVersion: Version = firstVersion;
  private ownStoreId: string | undefined;
  private ownFence: Fence;
  private ownSettledBelow: number;
  private readonly showing: Showing;
  /** It is being gone through. */
  private copy: ProgressiveCopy | undefined;

  constructor(image: Portrait) {
    this.lastPosition = image.position;
    this.ownStoreId = image.storeId;
    this.ownFence = image.fence;
    this.ownSettledBelow = image.settledBelow;
    for (const product of image.products) this.add(product);
    const before = image.before.map(({ product, quantity }) => [this.existing(product), quantity] as const);
    this.showing = new Showing(image.checkpoint, new Map(before), this.byPlace);
  }

  /** Of the last change in the log. */
  get position(): Position {
    return this.lastPosition;
  }

  /** Of the last change that a read can show. */
  get version(): Version {
    return this.lastVersion;
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

  product(name: string): Product | undefined {
    return this.products.get(name);
  }

  allProducts(): Iterable<Product> {
    return this.byPlace;
  }

  soldOutProducts(): Product[] {
    return [...this.soldOut];
  }

  /** What catalog.csv holds once the last checkpoint is published; unchanged until the next one is logged. */
  sheet(): Sheet {
    return this.showing.sheetOf(this.byPlace);
  }

  /** What catalog.csv holds with a checkpoint, the last one or the one before. */
  rows(checkpoint: number): Rows {
    return this.showing.rowsOf(this.byPlace, checkpoint);
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

  /** The names of the products whose price or stock on hand has changed since the last call, each once. */
  takeChanged(): string[] {
    if (this.changed.size === 0) return [];
    const names = [...this.changed];
    this.changed.clear();
    return names;
  }

  apply(change: Change): void {
    assert(change.position === this.lastPosition + 1, `change ${change.position} after ${this.lastPosition}`);
    this.lastPosition = change.position;
    this.perform(change);
  }

  /** Takes so many off hand, until they are sold or put back. */
  setAside(name: string, quantity: number): void {
    const product = this.existing(name);
    product.onHand -= quantity;
    product.reserved += quantity;
    this.touch(product);
  }

  putBack(name: string, quantity: number): void {
    const product = this.existing(name);
    product.reserved -= quantity;
    product.onHand += quantity;
    this.touch(product);
  }

  /** Everything that the log says is durable: nothing is set aside any more. */
  putAllBack(): void {
    for (const { name, reserved } of this.byPlace) if (reserved > 0) this.putBack(name, reserved);
  }

  private perform(deed: Deed): void {
    switch (deed.type) {
      case "settle":
        assert(deed.first === this.ownSettledBelow, `order ${deed.first} settled at ${this.ownSettledBelow}`);
        this.ownSettledBelow += deed.orders;
        for (const sale of deed.sales) this.sell(sale);
        return;
      case "restock":
        return this.restock(deed.product, deed.quantity);
      case "fence":
        this.ownStoreId = deed.storeId;
        this.ownFence = { term: deed.term, session: deed.session };
        return;
      case "edit":
        // It is made at a start: all that came before it is durable.
        this.putAllBack();
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

  /** While the catalog runs all of it was set aside before; from the log, nothing was. What is not sold is the same. */
  private sell({ product: name, quantity, adjusted }: Sale): void {
    const product = this.existing(name);
    const taken = quantity - adjusted;
    const reserved = Math.min(product.reserved, taken);
    product.sold += quantity;
    product.adjusted += adjusted;
    product.reserved -= reserved;
    product.onHand -= taken - reserved;
    this.showing.touched(product);
    if (taken > reserved) this.touch(product);
    else assertConserved(product);
  }

  /** What comes is set aside until it is durable. */
  private restock(name: string, quantity: number): void {
    const product = this.existing(name);
    product.restocked += quantity;
    product.reserved += quantity;
    this.showing.touched(product);
    assertConserved(product);
  }

  private edit(edit: Edit): void {
    if (edit.isNew) {
      assert(!this.products.has(edit.product), `product ${edit.product} is not new`);
      const added = this.add(newProduct(edit.product, edit.priceCents, edit.quantity));
      this.showing.found(added, edit.shown);
      this.touch(added);
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
    assertConserved(added);
    return added;
  }

  private portraitOf(products: Iterable<Product>): Portrait {
    return {
      position: this.lastPosition,
      storeId: this.ownStoreId,
      fence: this.ownFence,
      settledBelow: this.ownSettledBelow,
      checkpoint: this.checkpoint,
      before: this.showing.changes().map(([{ name }, quantity]) => ({ product: name, quantity })),
      products,
    };
  }

  /** A read shows something else from now on. */
  private touch(product: MutableProduct): void {
    this.lastVersion = (this.lastVersion + 1) as Version;
    product.version = this.lastVersion;
    this.changed.add(product.name);
    if (product.onHand === 0) this.soldOut.add(product);
    else if (this.soldOut.size > 0) this.soldOut.delete(product);
    assertConserved(product);
  }
}
