import { Ledger } from "../../../services/catalog/core/ledger.ts";
import type { Deed, Notice, Version } from "../../../services/catalog/core/types.ts";
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
    readonly isCheckpointCurrent: boolean,
    readonly changesSinceSnapshot: number,
  ) {}
  private current: Store | undefined;

  static async open(files: Files, path: string): Promise<Shop> {
    const listener: { shop: Shop | undefined } = { shop: undefined };
    const { store, image, notices, isCheckpointCurrent, changesSinceSnapshot } = await Store.open(files, path, {
      durable: (version) => listener.shop?.hear(version),
      failed: (error) => listener.shop?.fail(error),
    });
    const shop = new Shop(new Ledger(image), notices, isCheckpointCurrent, changesSinceSnapshot);
    shop.durable = image.version;
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
      const change = { version: (this.ledger.version + 1) as Version, ...deed };
      this.ledger.apply(change);
      return change;
    });
    this.store.append(changes);
  }

  reserve(key: string, product: string, quantity: number): void {
    this.record({ type: "reserve", key, product, quantity });
  }

  /** Rejects if the disk failed. */
  async sync(): Promise<void> {
    while (this.durable < this.ledger.version) {
      if (this.error !== undefined) throw this.error;
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  async checkpoint(): Promise<string | undefined> {
    const checkpoint = await this.store.writeCheckpoint(this.ledger.checkpoint.number + 1, this.ledger.rows());
    this.record({ type: "checkpoint", checkpoint });
    await this.sync();
    const { editKeptAs } = await this.store.publishCheckpoint(checkpoint);
    return editKeptAs;
  }

  async snapshot(): Promise<void> {
    await this.store.snapshot(this.ledger.image());
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

  private hear(version: Version): void {
    this.durable = version;
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
