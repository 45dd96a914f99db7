import type { LogIndex, LogPosition, Order, OrderNumber, Term } from "../../../services/order/core/types.ts";
import { type FileStore, openFileStore } from "../../../services/order/storage/file-store.ts";
import { defaultStorageLimits, type StorageLimits } from "../../../services/order/storage/limits.ts";
import type { Damage, Notice, ReplicaStore } from "../../../services/order/storage/store.ts";
import { me } from "./entries.ts";
import type { MemoryFiles } from "./memory-files.ts";

export const logFile = "/replica/log1.csv";

/** So small that a short log has everything a long one has. */
export const smallLimits: StorageLimits = {
  ...defaultStorageLimits,
  recoveredEntriesMax: 6,
  recentEntriesMax: 4,
  keysMax: 10,
  indexEvery: 4,
  groupBytesMax: 1024 * 1024,
  chunkBytes: 4096,
  verifySliceBytes: 4096,
  verifyPauseMs: 0,
  verifyPauseRatio: 0,
};

/** One order, out of its group, which is read alone. */
export async function readOrder(store: ReplicaStore, number: OrderNumber): Promise<Order | undefined> {
  const [group = []] = await store.readGroups([number]);
  return group.find((order) => order.number === number);
}

/** Takes down what a store tells, and lets a test wait for it. */
export class Told {
  readonly durable: LogPosition[] = [];
  readonly failures: Error[] = [];
  readonly damages: Damage[] = [];
  readonly notices: Notice[] = [];
  private waiting: { readonly upTo: number; readonly resolve: () => void }[] = [];

  /** To be given to the store. */
  readonly events = {
    onDurable: (last: LogPosition): void => this.takeDurable(last),
    onFailed: (error: Error): void => void this.failures.push(error),
    onDamage: (damage: Damage): void => void this.damages.push(damage),
    notice: (notice: Notice): void => void this.notices.push(notice),
  };

  /** Resolves when a position at or above `upTo` is reported after this call. */
  untilDurable(upTo: number): Promise<void> {
    return new Promise((resolve) => this.waiting.push({ upTo, resolve }));
  }

  private takeDurable(last: LogPosition): void {
    this.durable.push(last);
    const reached = this.waiting.filter(({ upTo }) => upTo <= last.index);
    this.waiting = this.waiting.filter(({ upTo }) => upTo > last.index);
    for (const { resolve } of reached) resolve();
  }
}

/** What a promise is rejected with; undefined if it is not. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    return error;
  }
}

export interface Opened {
  readonly store: FileStore;
  readonly told: Told;
}

export async function openOn(disk: MemoryFiles, limits: StorageLimits = smallLimits, replicaId = me): Promise<Opened> {
  const told = new Told();
  const store = await openFileStore({ logFile, replicaId, disk, limits, ...told.events });
  return { store, told };
}

export async function founded(disk: MemoryFiles, limits: StorageLimits = smallLimits): Promise<Opened> {
  const opened = await openOn(disk, limits);
  await opened.store.saveIdentity("toys", true);
  return opened;
}

export function index(n: number): LogIndex {
  return n as LogIndex;
}

export function term(n: number): Term {
  return n as Term;
}

/** Every entry of the log, as the store reads it back. */
export async function readAll(store: ReplicaStore): Promise<unknown[]> {
  return store.readEntries(index(1), 100_000);
}
