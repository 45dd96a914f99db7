import { closeSync, constants, copyFileSync, fsyncSync, openSync, writeFileSync } from "node:fs";
import type { Image } from "../../../services/catalog/core/types.ts";
import { initialCatalog } from "../../../services/catalog/initial.ts";
import { systemFiles } from "../../../services/catalog/storage/files.ts";
import { formatSnapshot } from "../../../services/catalog/storage/snapshot.ts";
import { Store } from "../../../services/catalog/storage/store.ts";
import type { Entry, LogIndex, OrderNumber, ReplicaId, Term } from "../../../services/order/core/types.ts";
import { systemDisk } from "../../../services/order/storage/disk.ts";
import { openFileStore } from "../../../services/order/storage/file-store.ts";
import { encodeIdentity } from "../../../services/order/storage/records.ts";
import { storeFiles } from "../../../services/order/storage/store-files.ts";

// A store that has taken many orders, made in seconds: the shipping code writes
// its files, and they are synced once, at the end: otherwise the first sync of
// whoever opens them would write it all.

const storeId = "growth";
/** The term of the whole history. */
const term = 1 as Term;
const batchEntries = 16_384;
const toys = initialCatalog(0).map(({ name }) => name);

/** The key of order `number`, of the form that front-ends make. */
export function keyOf(number: number): string {
  const digits = (Math.imul(number, 0x9e3779b1) >>> 0).toString(16).padStart(8, "0");
  return `g:t-${digits}${number.toString(16).padStart(24, "0")}-${digits}${digits}`;
}

export function toyOf(number: number): string {
  return toys[number % toys.length] as string;
}

function entryOf(number: number): Entry {
  const order = { number: number as OrderNumber, product: toyOf(number), quantity: 1, key: keyOf(number) };
  return { index: (number + 2) as LogIndex, term, order };
}

/** The files of replica `id` after so many orders in one term. */
export async function writeLog(logFile: string, id: number, orders: number): Promise<void> {
  let onDurable = (): void => undefined;
  const store = await openFileStore({
    logFile,
    replicaId: id as ReplicaId,
    onDurable: () => onDurable(),
    onFailed: (error) => {
      throw error;
    },
    notice: () => undefined,
    disk: { ...systemDisk, sync: (_fd, done) => void setImmediate(done, null) },
  });
  if (store.found.recovered === undefined) {
    await store.saveIdentity(storeId, true);
    await store.saveVote(term, undefined);
    store.append([{ index: 1 as LogIndex, term, order: undefined }]);
  }
  const first = store.found.recovered?.orders ?? 0;
  for (let number = first; number < orders; number += batchEntries) {
    const count = Math.min(batchEntries, orders - number);
    const written = new Promise<void>((resolve) => {
      onDurable = resolve;
    });
    store.append(Array.from({ length: count }, (_, nth) => entryOf(number + nth)));
    await written;
  }
  await store.close();
  syncLog(logFile);
}

/** The same files for another replica. */
export function copyLog(from: string, to: string, id: number): void {
  const source = storeFiles(from);
  const target = storeFiles(to);
  for (const file of ["log", "vote", "mark", "index"] as const) {
    copyFileSync(source[file], target[file], constants.COPYFILE_FICLONE);
  }
  writeFileSync(target.identity, encodeIdentity({ storeId, replicaId: id as ReplicaId, voter: true }));
  syncLog(to);
}

function syncLog(logFile: string): void {
  const { log, vote, mark, index, identity } = storeFiles(logFile);
  for (const file of [log, vote, mark, index, identity]) sync(file);
}

function sync(file: string): void {
  const fd = openSync(file, "r+");
  fsyncSync(fd);
  closeSync(fd);
}

/** Has the catalog behind `csv`, which no process has opened yet, know that so many orders are settled. */
export async function writeCatalog(csv: string, orders: number): Promise<void> {
  const listener = {
    durable: () => undefined,
    failed(error: Error) {
      throw error;
    },
  };
  const { store, ledger } = await Store.open(systemFiles, csv, listener);
  const image = ledger.image();
  await store.close();
  const products = image.products.map((product) => {
    const nth = toys.indexOf(product.name);
    const sold = nth < 0 ? 0 : Math.ceil((orders - nth) / toys.length);
    return { ...product, sold, initial: product.initial + sold };
  });
  const settled: Image = { ...image, storeId, fence: { term, session: 1 }, settledBelow: orders, products };
  const snapshot = `${csv}.snapshot-${image.position}`;
  writeFileSync(snapshot, Buffer.concat([...formatSnapshot(settled, 0)]));
  sync(snapshot);
}
