import { foundingImage } from "../core/founding.ts";
import { Ledger } from "../core/ledger.ts";
import type { Change, Held, Notice, Portrait, Sheet } from "../core/types.ts";
import { CatalogFile } from "./catalog-file.ts";
import { parseCatalog, parseRows } from "./csv.ts";
import { type Files, replaceFile } from "./files.ts";
import { CatalogFileError, Names } from "./names.ts";
import { reconcile } from "./reconcile.ts";
import { recover } from "./recover.ts";
import { formatSnapshot } from "./snapshot.ts";
import { foundWal, Wal, type WalListener } from "./wal.ts";

/** What a start found. Everything in it is durable. */
export interface Opened {
  readonly store: Store;
  readonly ledger: Ledger;
  readonly changesSinceSnapshot: number;
  readonly held: Held;
  readonly notices: readonly Notice[];
}

/** The catalog's files: what must survive a crash, and catalog.csv for people. */
export class Store {
  /** The snapshot that is being taken. */
  private snapshotting: Promise<void> | undefined;

  private constructor(
    private readonly files: Files,
    private readonly names: Names,
    private readonly wal: Wal,
    private readonly catalogFile: CatalogFile,
    private readonly listener: WalListener,
  ) {}

  /** Recovers, or founds a new store on catalog.csv. Throws CatalogFileError; then nothing was changed. */
  static async open(files: Files, path: string, listener: WalListener): Promise<Opened> {
    const names = new Names(path);
    const recovered = (await recover(files, names)) ?? (await foundStore(files, names));
    const notices: Notice[] = [];
    const { ledger, torn } = recovered;
    const reconciled = await reconcile(files, names, ledger);
    // A process that was killed may have written what it never synced, and so may an editor: what is to be taken
    // from catalog.csv must still be there when the log says that it was.
    await files.syncFile(recovered.segment);
    if (reconciled.held !== "nothing") await files.syncFile(names.csv);
    await files.syncFolder(names.folder);
    if (torn !== undefined) {
      await files.truncate(torn.path, torn.offset);
      notices.push({ type: "notice", level: "warn", message: "log-repaired", details: { ...torn } });
    }
    const wal = new Wal(files, names, recovered.segment, recovered.chain, listener);
    if (reconciled.edit !== undefined) await logEdit(wal, ledger, reconciled.edit);
    const { held, found } = reconciled;
    await tidy(files, names, held === "before" ? ledger.checkpoint : ledger.checkpoint + 1, recovered.obsolete);
    const catalogFile = new CatalogFile(files, names, found);
    return {
      store: new Store(files, names, wal, catalogFile, listener),
      ledger,
      changesSinceSnapshot: recovered.changesSinceSnapshot,
      held,
      notices: [...notices, ...reconciled.notices],
    };
  }

  /** The listener hears of it when it is synced. */
  append(changes: readonly Change[]): void {
    this.wal.append(changes);
  }

  /** Syncs everything appended. */
  sync(): void {
    this.wal.sync();
  }

  /** `portrait` is the state after everything appended. Resolves when the log before it is removed. */
  snapshot(portrait: Portrait): Promise<void> {
    this.snapshotting ??= this.takeSnapshot(portrait).finally(() => {
      this.snapshotting = undefined;
    });
    return this.snapshotting;
  }

  /** See CatalogFile. */
  publishCheckpoint(number: number, sheet: Sheet): Promise<{ readonly editKeptAs: string | undefined }> {
    return this.catalogFile.publish(number, sheet);
  }

  /** After everything appended is synced. */
  async close(): Promise<void> {
    // Whoever asked for the snapshot hears of its failure.
    await this.snapshotting?.catch(() => undefined);
    await this.wal.close();
  }

  private async takeSnapshot(portrait: Portrait): Promise<void> {
    const { position } = portrait;
    const parts = formatSnapshot(portrait, this.wal.chain);
    try {
      await this.wal.beginSegment(position + 1);
    } catch (error) {
      // Without a segment nothing can be logged any more.
      this.listener.failed(error as Error);
      return;
    }
    if (this.wal.hasFailed) return;
    await replaceFile(this.files, this.names.of("snapshot", position), parts);
    const { snapshot, wal } = await this.names.list(this.files);
    for (const old of snapshot) if (old.number < position) await this.files.remove(old.path);
    for (const old of wal) if (old.number <= position) await this.files.remove(old.path);
  }
}

/** A log that is begun, and then the snapshot that makes it count. */
async function foundStore(files: Files, names: Names) {
  const bytes = await files.read(names.csv);
  if (bytes === undefined) throw noCatalog(names.csv);
  const rows = parseRows(names.csv, bytes);
  const image = foundingImage(rows);
  const ledger = new Ledger(image);
  if (ledger.productCount < rows.length) parseCatalog(names.csv, bytes);
  // Whoever put it there may not have.
  await files.syncFile(names.csv);
  const { path, chain } = await foundWal(files, names);
  await replaceFile(files, names.of("snapshot", image.position), formatSnapshot(image, 0));
  return { ledger, changesSinceSnapshot: 0, chain, segment: path, torn: undefined, obsolete: [] };
}

async function logEdit(wal: Wal, ledger: Ledger, edit: Change): Promise<void> {
  wal.append([edit]);
  wal.sync();
  await wal.settled();
  if (wal.hasFailed) throw new CatalogFileError("what was edited could not be logged");
  ledger.apply(edit);
  ledger.takeChanged();
}

/** Sees to it that next-N is there, for the next checkpoint to be published, and removes what an earlier crash left. */
async function tidy(files: Files, names: Names, number: number, obsolete: readonly string[]): Promise<void> {
  const found = await names.list(files);
  if (!found.next.some((next) => next.number === number)) {
    await files.writeSynced(names.of("next", number), []);
    await files.syncFolder(names.folder);
  }
  for (const next of found.next) if (next.number !== number) await files.remove(next.path);
  for (const { path } of found.unfinished) await files.remove(path);
  for (const path of obsolete) await files.remove(path);
}

function noCatalog(path: string): CatalogFileError {
  return new CatalogFileError(
    `${path} does not exist: put back the files catalog.csv* of a backup, or for a new store make a first catalog ` +
      `with bin/make-initial-catalog --out ${path} (beside order logs it forgets restocks, prices and edits)`,
  );
}
