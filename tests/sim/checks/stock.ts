import type { CommittedLog, LoggedOrder } from "./committed-log.ts";

/** What the catalog wrote to its log, as far as stock is concerned. */
export type StockChange = { readonly position: number } & (
  | {
      readonly type: "settle";
      readonly first: number;
      readonly orders: number;
      readonly sales: readonly { readonly product: string; readonly quantity: number; readonly adjusted: number }[];
    }
  | { readonly type: "restock"; readonly product: string; readonly quantity: number }
  | { readonly type: "fence" | "edit" | "checkpoint" }
);

/** What a catalog starts or ends with. */
export interface StockImage {
  readonly settledBelow: number;
  readonly products: readonly {
    readonly name: string;
    readonly initial: number;
    readonly restocked: number;
    readonly adjusted: number;
    readonly onHand: number;
    readonly reserved: number;
    readonly sold: number;
  }[];
}

interface Shelf {
  /** Durably: a crash cannot take it back. */
  came: number;
  /** As settled. */
  sold: number;
  /** By the committed orders. */
  ordered: number;
}

type Fail = (check: string, message: string) => void;

const conserved = "stock is conserved";

/**
 * A second set of books, kept from the two logs alone: no order is committed for
 * which there was no stock, nothing is settled that is not committed, and the sums
 * hold (P3). A restarted catalog has to come back with books that agree.
 */
export class Stock {
  private readonly shelves = new Map<string, Shelf>();
  /** Restocks that are not synced. */
  private arriving: Extract<StockChange, { type: "restock" }>[] = [];
  private settledBelow = 0;

  constructor(
    private readonly committed: CommittedLog,
    private readonly fail: Fail,
  ) {}

  onStart(image: StockImage): void {
    this.arriving = [];
    this.settledBelow = image.settledBelow;
    for (const { name, initial, restocked, adjusted, sold } of image.products) {
      const shelf = this.shelf(name);
      shelf.came = initial + restocked + adjusted;
      shelf.sold = sold;
    }
    this.check(image);
  }

  onChange(change: StockChange): void {
    if (change.type === "settle") this.onSettle(change);
    else if (change.type === "restock") this.arriving.push(change);
  }

  onDurable(position: number): void {
    for (const { product, quantity, position: at } of this.arriving) {
      if (at <= position) this.shelf(product).came += quantity;
    }
    this.arriving = this.arriving.filter((restock) => restock.position > position);
  }

  onOrder({ number, product, quantity }: LoggedOrder): void {
    const shelf = this.shelf(product);
    shelf.ordered += quantity;
    if (shelf.ordered <= shelf.came) return;
    this.fail(
      "never oversold",
      `with order ${number}, ${shelf.ordered} of ${product} are ordered, and ${shelf.came} came`,
    );
  }

  /** At the end of a run, when nothing is under way: the books and the catalog agree, and nothing is left reserved. */
  onEnd(image: StockImage): void {
    for (const { name, reserved, sold } of image.products) {
      const shelf = this.shelf(name);
      if (sold !== shelf.sold) this.fail(conserved, `the catalog has sold ${sold} ${name}, the books ${shelf.sold}`);
      if (reserved !== 0) this.fail("reservations end", `${reserved} of ${name} are still reserved`);
    }
    if (this.settledBelow !== this.committed.orders.length) {
      this.fail("orders are settled", `${this.settledBelow} of ${this.committed.orders.length} orders are settled`);
    }
    this.check(image);
  }

  private onSettle({ first, orders, sales }: Extract<StockChange, { type: "settle" }>): void {
    if (first !== this.settledBelow) this.fail(conserved, `order ${first} is settled after ${this.settledBelow}`);
    this.settledBelow = first + orders;
    if (this.settledBelow > this.committed.orders.length) {
      const message = `orders below ${this.settledBelow} are settled, ${this.committed.orders.length} are committed`;
      return this.fail("settled means committed", message);
    }
    for (const { product, quantity, adjusted } of sales) {
      this.shelf(product).sold += quantity;
      if (adjusted > 0) this.fail("never oversold", `${adjusted} of ${product} were ordered and not there`);
    }
    this.checkSold();
  }

  private check(image: StockImage): void {
    for (const { name, initial, restocked, adjusted, onHand, reserved, sold } of image.products) {
      const came = initial + restocked + adjusted;
      if (came === onHand + reserved + sold) continue;
      this.fail(conserved, `${name}: ${came} came, ${onHand} on hand + ${reserved} reserved + ${sold} sold`);
    }
    this.checkSold();
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
    if (shelf === undefined) this.shelves.set(name, (shelf = { came: 0, sold: 0, ordered: 0 }));
    return shelf;
  }
}
