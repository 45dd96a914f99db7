import type { Image, Sale } from "../../../services/catalog/core/types.ts";
import { type Random, randomInt } from "../../../services/lib/random.ts";
import type { MemoryFiles } from "./memory-files.ts";
import { lasting, Shop } from "./shop.ts";

/** What the lives of a store came to so far. */
export interface Past {
  /** The state after each change, as it lasts. */
  readonly images: Map<number, Image>;
  /** Everything up to this change was synced and told. */
  told: number;
  /** Orders for which there was too little. */
  shortages: number;
}

/** Does at random what a running catalog does with its ledger and store. */
export class Trader {
  /** Set aside for orders under way. */
  private aside: { readonly product: string; readonly quantity: number }[] = [];
  /** Restocks that are not durable yet. */
  private arriving = new Map<string, number>();

  /** After this change nothing was logged yet when the open segment was taken up. */
  private segmentFrom: number;

  private constructor(
    readonly shop: Shop,
    private readonly past: Past,
    private readonly random: Random,
  ) {
    this.segmentFrom = shop.ledger.position;
  }

  static async open(files: MemoryFiles, path: string, past: Past, random: Random): Promise<Trader> {
    const shop = await Shop.open(files, path);
    const trader = new Trader(shop, past, random);
    // What a crash took is not to come back.
    for (const position of past.images.keys()) if (position > shop.ledger.position) past.images.delete(position);
    trader.remember();
    past.told = shop.ledger.position;
    return trader;
  }

  async step(): Promise<void> {
    const dice = randomInt(this.random, 100);
    if (dice < 30) return this.reserve();
    if (dice < 55) return this.settle();
    if (dice < 75) return this.restock();
    if (dice < 88) return await this.sync();
    if (dice < 96) return await this.checkpoint();
    return await this.snapshot();
  }

  private reserve(): void {
    const { name, onHand } = this.some();
    if (onHand === 0) return;
    // Often the last ones.
    const quantity = randomInt(this.random, 2) === 0 ? onHand : 1 + randomInt(this.random, onHand);
    this.shop.ledger.setAside(name, quantity);
    this.aside.push({ product: name, quantity });
  }

  /** Orders under way, and some without a reservation, for which there may be too little, in one line. */
  private settle(): void {
    const sales = new Map<string, Sale>();
    const add = (product: string, quantity: number, adjusted: number): void => {
      const sale = sales.get(product) ?? { quantity: 0, adjusted: 0 };
      sales.set(product, { product, quantity: sale.quantity + quantity, adjusted: sale.adjusted + adjusted });
    };
    const reserved = this.aside.splice(0, randomInt(this.random, this.aside.length + 1));
    for (const { product, quantity } of reserved) add(product, quantity, 0);
    const orders = reserved.length + randomInt(this.random, 3);
    for (let order = reserved.length; order < orders; order++) {
      const { name, onHand } = this.some();
      const quantity = 1 + randomInt(this.random, 40);
      const taken = Math.min(onHand, quantity);
      if (taken > 0) this.shop.ledger.setAside(name, taken);
      add(name, quantity, quantity - taken);
      if (taken < quantity) this.past.shortages += 1;
    }
    if (orders === 0) return;
    this.shop.record({ type: "settle", first: this.shop.ledger.settledBelow, orders, sales: [...sales.values()] });
    this.remember();
  }

  private restock(): void {
    for (const { name } of this.shop.ledger.soldOutProducts()) {
      if (this.arriving.has(name)) continue;
      this.shop.record({ type: "restock", product: name, quantity: 100 });
      this.arriving.set(name, 100);
      this.remember();
    }
  }

  private async sync(): Promise<void> {
    await this.shop.sync();
    this.past.told = this.shop.durable;
    for (const [name, quantity] of this.arriving) this.shop.ledger.putBack(name, quantity);
    this.arriving.clear();
  }

  private async checkpoint(): Promise<void> {
    // Its line may last although it comes to no end.
    await this.shop.checkpoint().finally(() => this.remember());
    this.past.told = this.shop.durable;
  }

  /** Of something new; sells on while it is taken. */
  private async snapshot(): Promise<void> {
    const { position } = this.shop.ledger;
    if (position === this.segmentFrom) return;
    this.segmentFrom = position;
    const taking = this.shop.snapshot();
    this.reserve();
    this.settle();
    await taking;
  }

  private some() {
    const products = [...this.shop.ledger.allProducts()];
    const product = products[randomInt(this.random, products.length)];
    if (product === undefined) throw new Error("no products");
    return product;
  }

  private remember(): void {
    this.past.images.set(this.shop.ledger.position, lasting(this.shop.ledger.image()));
  }
}
