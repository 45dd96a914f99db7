import { foundingImage, Ledger } from "../core/ledger.ts";
import type { Change, Checkpoint, Image, Notice, Row } from "../core/types.ts";
import { CheckpointFiles, hashOf } from "./checkpoint-files.ts";
import { parseCatalog } from "./csv.ts";
import { type Files, replaceFile } from "./files.ts";
import { CatalogFileError, Names } from "./names.ts";
import { isCurrent, keepEdit, reconcile } from "./reconcile.ts";
import { recover } from "./recover.ts";
import { formatSnapshot } from "./snapshot.ts";
import { foundWal, Wal, type WalListener } from "./wal.ts";

/** What a start found. Everything in it is durable. */
export interface Opened {
  readonly store: Store;
  readonly image: Image;
  readonly changesSinceSnapshot: number;
  /** catalog.csv shows the image. */
  readonly isCheckpointCurrent: boolean;
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
    private readonly checkpoints: CheckpointFiles,
    private readonly listener: WalListener,
  ) {}

  /** Recovers, or founds a new store on catalog.csv. Throws CatalogFileError; then nothing was changed. */
  static async open(files: Files, path: string, listener: WalListener): Promise<Opened> {
    const names = new Names(path);
    const recovered = (await recover(files, names)) ?? (await foundStore(files, names));
    const notices: Notice[] = [];
    const { ledger, torn } = recovered;
    const reconciled = await reconcile(files, names, ledger);
    if (torn !== undefined) {
      await files.truncate(torn.path, torn.offset);
      notices.push({ type: "notice", level: "warn", message: "log-repaired", details: { ...torn } });
    }
    const wal = new Wal(files, names, recovered.segment, recovered.chain, listener);
    if (reconciled.edit !== undefined) {
      await logEdit(wal, ledger, reconciled.edit);
      await keepEdit(files, names, ledger.checkpoint);
    }
    await removeNeedless(files, names, ledger.checkpoint, recovered.obsolete);
    const checkpoints = new CheckpointFiles(files, names, reconciled.shownHash);
    return {
      store: new Store(files, names, wal, checkpoints, listener),
      image: ledger.image(),
      changesSinceSnapshot: recovered.changesSinceSnapshot,
      isCheckpointCurrent: await isCurrent(files, names, ledger),
      notices: [...notices, ...reconciled.notices],
    };
  }

  /** The listener hears of it when it is synced. */
  append(changes: readonly Change[]): void {
    this.wal.append(changes);
  }

  /** `image` is the state after everything appended. Resolves when the log before it is removed. */
  snapshot(image: Image): Promise<void> {
    this.snapshotting ??= this.takeSnapshot(image).finally(() => {
      this.snapshotting = undefined;
    });
    return this.snapshotting;
  }

  writeCheckpoint(number: number, rows: readonly Row[]): Promise<Checkpoint> {
    return this.checkpoints.write(number, rows);
  }

  /** See CheckpointFiles. */
  publishCheckpoint(checkpoint: Checkpoint): Promise<{ readonly editKeptAs: string | undefined }> {
    return this.checkpoints.publish(checkpoint);
  }

  /** After everything appended is synced. */
  async close(): Promise<void> {
    // Whoever asked for the snapshot hears of its failure.
    await this.snapshotting?.catch(() => undefined);
    await this.wal.close();
  }

  private async takeSnapshot(image: Image): Promise<void> {
    const bytes = formatSnapshot({ image, chain: this.wal.chain });
    try {
      await this.wal.beginSegment(image.version + 1);
    } catch (error) {
      // Without a segment nothing can be logged any more.
      this.listener.failed(error as Error);
      return;
    }
    const path = this.names.of("snapshot", image.version);
    await replaceFile(this.files, path, bytes);
    const { snapshot, wal } = await this.names.list(this.files);
    for (const old of snapshot) if (old.number < image.version) await this.files.remove(old.path);
    for (const old of wal) if (old.number <= image.version) await this.files.remove(old.path);
  }
}

/** A log that is begun, and then the snapshot that makes it count. */
async function foundStore(files: Files, names: Names) {
  const bytes = await files.read(names.csv);
  if (bytes === undefined) throw noCatalog(names.csv);
  const rows = parseCatalog(names.csv, bytes);
  const checkpoint = { number: 1, hash: hashOf(bytes) };
  await files.writeSynced(names.of("base", checkpoint.number), bytes);
  const { path, chain } = await foundWal(files, names);
  const image = foundingImage(rows, checkpoint);
  const snapshot = names.of("snapshot", image.version);
  await replaceFile(files, snapshot, formatSnapshot({ image, chain: 0 }));
  const ledger = new Ledger(image);
  return { ledger, changesSinceSnapshot: 0, chain, segment: path, torn: undefined, obsolete: [] };
}

async function logEdit(wal: Wal, ledger: Ledger, edit: Change): Promise<void> {
  wal.append([edit]);
  await wal.settled();
  if (wal.hasFailed) throw new CatalogFileError("what was edited could not be logged");
  ledger.apply(edit);
  ledger.takeChanged();
}

/** What an earlier crash left behind. Checkpoints that are not logged were never shown. */
async function removeNeedless(files: Files, names: Names, checkpoint: Checkpoint, obsolete: readonly string[]) {
  const found = await names.list(files);
  const bases = found.base.filter(({ number }) => number !== checkpoint.number);
  for (const { path } of [...bases, ...found.next, ...found.unfinished]) await files.remove(path);
  for (const path of obsolete) await files.remove(path);
}

function noCatalog(path: string): CatalogFileError {
  return new CatalogFileError(
    `${path} does not exist: make a first catalog with bin/make-initial-catalog --out ${path}`,
  );
}
