import type { Ledger } from "../../../services/catalog/core/ledger.ts";
import {
  beforeFirst,
  type Deed,
  type Held,
  type Image,
  type Notice,
  type Position,
} from "../../../services/catalog/core/types.ts";
import type { Files } from "../../../services/catalog/storage/files.ts";
import { Store } from "../../../services/catalog/storage/store.ts";

/** A ledger and its store, without anything that decides: what a running catalog makes of them, step by step. */
export class Shop {
  durable = 0;
  error: Error | undefined;
  private waiting: (() => void)[] = [];
  private constructor(
    readonly ledger: Ledger,
    readonly notices: readonly Notice[],
    readonly held: Held,
    readonly changesSinceSnapshot: number,
  ) {}
  private current: Store | undefined;
  private hasPublished = false;

  static async open(files: Files, path: string): Promise<Shop> {
    const listener: { shop: Shop | undefined } = { shop: undefined };
    const { store, ledger, notices, held, changesSinceSnapshot } = await Store.open(files, path, {
      durable: (position) => listener.shop?.hear(position),
      failed: (error) => listener.shop?.fail(error),
    });
    const shop = new Shop(ledger, notices, held, changesSinceSnapshot);
    shop.durable = ledger.position;
    shop.current = store;
    listener.shop = shop;
    return shop;
  }

  get store(): Store {
    if (this.current === undefined) throw new Error("not open");
    return this.current;
  }

  record(...deeds: Deed[]): void {
    const changes = deeds.map((deed) => {
      const change = { position: (this.ledger.position + 1) as Position, ...deed };
      this.ledger.apply(change);
      return change;
    });
    this.store.append(changes);
  }

  /** Sets aside what an order takes, and settles the order, as a running catalog does. */
  sell(product: string, quantity: number): void {
    this.ledger.setAside(product, quantity);
    const sales = [{ product, quantity, adjusted: 0 }];
    this.record({ type: "settle", first: this.ledger.settledBelow, orders: 1, sales });
  }

  /** Rejects if the disk failed. */
  async sync(): Promise<void> {
    this.store.sync();
    while (this.durable < this.ledger.position) {
      if (this.error !== undefined) throw this.error;
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  /** catalog.csv shows everything. */
  get isCheckpointCurrent(): boolean {
    return this.held === "last" && this.ledger.isShown;
  }

  /** One that a start found in the log is finished first, as the running catalog does it. */
  async checkpoint(): Promise<string | undefined> {
    if (this.held === "before" && !this.hasPublished) await this.publish();
    this.record({ type: "checkpoint", checkpoint: this.ledger.checkpoint + 1 });
    await this.sync();
    return this.publish();
  }

  async snapshot(): Promise<void> {
    const portrait = this.ledger.portrait();
    if (portrait === undefined) throw new Error("a snapshot is being taken");
    await this.store.snapshot(portrait);
    this.ledger.endPortrait();
    if (this.error !== undefined) throw this.error;
  }

  close(): Promise<void> {
    return this.store.close();
  }

  /** Of one product. */
  totals(name: string) {
    const product = this.ledger.product(name);
    if (product === undefined) throw new Error(`no product ${name}`);
    return product;
  }

  private async publish(): Promise<string | undefined> {
    const { editKeptAs } = await this.store.publishCheckpoint(this.ledger.checkpoint, this.ledger.sheet());
    this.hasPublished = true;
    return editKeptAs;
  }

  private hear(position: Position): void {
    this.durable = position;
    this.wake();
  }

  private fail(error: Error): void {
    this.error = error;
    this.wake();
  }

  private wake(): void {
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}

/** What files keep of an image: neither versions, which count anew with each start, nor what is set aside. */
export function lasting(image: Image): Image {
  const products = image.products.map((product) => {
    const { onHand, reserved } = product;
    return { ...product, version: beforeFirst, onHand: onHand + reserved, reserved: 0 };
  });
  return { ...image, products };
}
