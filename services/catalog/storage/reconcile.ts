import { findEdits } from "../core/edits.ts";
import type { Ledger } from "../core/ledger.ts";
import type { Change, Checkpoint, Image, Notice, Row, Version } from "../core/types.ts";
import { hashOf, publishNext } from "./checkpoint-files.ts";
import { parseCatalog } from "./csv.ts";
import type { Files } from "./files.ts";
import { CatalogFileError, type Names } from "./names.ts";

/** How catalog.csv stands to the recovered ledger. */
export interface Reconciled {
  /** To be logged and synced before anything is served; then `keepEdit` is to be called. */
  readonly edit: Change | undefined;
  /** Hash of what catalog.csv holds now. */
  readonly shownHash: string;
  readonly notices: readonly Notice[];
}

/** Finishes a checkpoint that a crash cut short and finds what was edited. Throws CatalogFileError. */
export async function reconcile(files: Files, names: Names, ledger: Ledger): Promise<Reconciled> {
  const image = ledger.image();
  await finishKeepingEdit(files, names, image.checkpoint);
  const bytes = await files.read(names.csv);
  const hash = bytes === undefined ? undefined : hashOf(bytes);
  const based = await baseOfCatalog(files, names, image);
  if (bytes === undefined || hash === undefined) {
    await publishNext(files, names, image.checkpoint.number);
    return { edit: undefined, shownHash: image.checkpoint.hash, notices: [rebuilt(names.csv)] };
  }
  if (hash === based.hash || hash === image.checkpoint.hash) {
    await publishNext(files, names, image.checkpoint.number);
    return { edit: undefined, shownHash: image.checkpoint.hash, notices: [] };
  }
  return takeEdits(files, names, ledger, based, { bytes, hash });
}

/** Once the edit is logged, catalog.csv as found is the base, and nothing waits to replace it. */
export async function keepEdit(files: Files, names: Names, checkpoint: Checkpoint): Promise<void> {
  await finishKeepingEdit(files, names, checkpoint);
  const found = await names.list(files);
  for (const next of found.next) await files.remove(next.path);
  for (const base of found.base) if (base.number < checkpoint.number) await files.remove(base.path);
}

/** The content of an edited catalog.csv gets its name as a base only when the edit is logged. */
async function finishKeepingEdit(files: Files, names: Names, checkpoint: Checkpoint): Promise<void> {
  const base = names.of("base", checkpoint.number);
  const { unfinished } = await names.list(files);
  if (!unfinished.some(({ path }) => path === `${base}.tmp`)) return;
  await files.rename(`${base}.tmp`, base);
  await files.syncFolder(names.folder);
}

/** True: catalog.csv shows the ledger as it is. */
export async function isCurrent(files: Files, names: Names, ledger: Ledger): Promise<boolean> {
  const bytes = await files.read(names.csv);
  if (bytes === undefined) return false;
  const shown = new Map(parseCatalog(names.csv, bytes).map((row) => [row.name, row]));
  const rows = ledger.rows();
  return rows.length === shown.size && rows.every((row) => isSame(row, shown.get(row.name)));
}

function isSame(row: Row, other: Row | undefined): boolean {
  return other !== undefined && row.priceCents === other.priceCents && row.quantity === other.quantity;
}

/** Which checkpoint's content catalog.csv holds, if nobody edited it. */
async function baseOfCatalog(files: Files, names: Names, image: Image): Promise<Checkpoint> {
  const { checkpoint, previousCheckpoint } = image;
  const isWaiting = (await files.read(names.of("next", checkpoint.number))) !== undefined;
  return isWaiting && previousCheckpoint !== undefined ? previousCheckpoint : checkpoint;
}

async function takeEdits(
  files: Files,
  names: Names,
  ledger: Ledger,
  based: Checkpoint,
  csv: { readonly bytes: Uint8Array; readonly hash: string },
): Promise<Reconciled> {
  const number = ledger.checkpoint.number + 1;
  await refuseLostLog(files, names, number, csv.hash);
  const found = parseCatalog(names.csv, csv.bytes);
  const base = parseCatalog(names.of("base", based.number), await readBase(files, names, based));
  const { edits, notices } = findEdits(ledger, base, found);
  // A checkpoint of this number that a crash kept from the log must not be taken for this one.
  await files.remove(names.of("base", number));
  await files.remove(names.of("next", number));
  await files.writeSynced(`${names.of("base", number)}.tmp`, csv.bytes);
  await files.syncFolder(names.folder);
  const version = (ledger.version + 1) as Version;
  const checkpoint = { number, hash: csv.hash };
  return { edit: { version, type: "edit", checkpoint, edits }, shownHash: csv.hash, notices };
}

/** A checkpoint takes its place only when it is logged: one that did, and is not in the log, was there once. */
async function refuseLostLog(files: Files, names: Names, number: number, hash: string): Promise<void> {
  const base = await files.read(names.of("base", number));
  const next = await files.read(names.of("next", number));
  if (next !== undefined || base === undefined || hashOf(base) !== hash) return;
  throw new CatalogFileError(
    `${names.csv} is checkpoint ${number}, which the write-ahead log beside it does not hold: the end of the log is lost. ` +
      "Nothing was changed. Put back all files catalog.csv* of one backup (orders made since are booked again from the order log).",
  );
}

async function readBase(files: Files, names: Names, checkpoint: Checkpoint): Promise<Uint8Array> {
  const path = names.of("base", checkpoint.number);
  const bytes = await files.read(path);
  if (bytes !== undefined && hashOf(bytes) === checkpoint.hash) return bytes;
  throw new CatalogFileError(
    `${names.csv} was edited, and ${path}, which tells what was edited, is ${bytes === undefined ? "missing" : "damaged"}. ` +
      `Remove ${names.csv} to have it rebuilt from the write-ahead log, then edit it again.`,
  );
}

function rebuilt(path: string): Notice {
  return { type: "notice", level: "warn", message: "catalog-file-rebuilt", details: { file: path } };
}
