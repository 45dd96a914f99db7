import { findEdits } from "../core/edits.ts";
import type { Ledger } from "../core/ledger.ts";
import type { Change, Held, Notice, Position } from "../core/types.ts";
import { parseCatalog } from "./csv.ts";
import type { Files } from "./files.ts";
import { Layout } from "./layout.ts";
import { CatalogFileError, type Names } from "./names.ts";

/** catalog.csv, before it was read. */
export interface FoundFile {
  readonly stamp: string | undefined;
  /** If this program wrote it. */
  readonly layout?: Layout;
  /** The file that is to take its place, if it is as it was left. */
  readonly spare?: Spare | undefined;
}

/** A file of which it is known where each quantity is, and can be written over. */
export interface Written {
  readonly layout: Layout;
  /** As it was left; another one means that someone else wrote to it. */
  readonly stamp: string | undefined;
}

/** What was catalog.csv before. */
export interface Spare extends Written {
  /** The places of the rows in which it is behind catalog.csv. */
  readonly behind: readonly number[];
}

/** How catalog.csv stands to the recovered ledger. */
export interface Reconciled {
  /** To be logged and synced before anything is served. */
  readonly edit: Change | undefined;
  readonly held: Held;
  readonly found: FoundFile;
  readonly notices: readonly Notice[];
}

/** Finds what was edited in catalog.csv. Only reads. Throws CatalogFileError. */
export async function reconcile(files: Files, names: Names, ledger: Ledger): Promise<Reconciled> {
  const { next } = await names.list(files);
  const { checkpoint } = ledger;
  refuseLostLog(names, checkpoint, next.at(-1)?.number ?? 0);
  const found = { stamp: await files.stamp(names.csv) };
  const bytes = await files.read(names.csv);
  if (bytes === undefined) return { edit: undefined, held: "nothing", found, notices: [rebuilt(names.csv)] };
  const holdsBefore = ledger.hasCheckpointBefore && next.some(({ number }) => number === checkpoint);
  const based = holdsBefore ? checkpoint - 1 : checkpoint;
  // What nobody edited need not be parsed.
  for (const number of new Set([based, checkpoint])) {
    const layout = Layout.of(bytes, ledger.rows(number));
    if (layout === undefined) continue;
    if (number < checkpoint) return { edit: undefined, held: "before", found: { ...found, layout }, notices: [] };
    const spare = await findSpare(files, names.of("next", checkpoint + 1), ledger, layout, bytes);
    return { edit: undefined, held: "last", found: { ...found, layout, spare }, notices: [] };
  }
  const { edits, notices } = findEdits(ledger, based, parseCatalog(names.csv, bytes));
  if (edits.length === 0) return { edit: undefined, held: holdsBefore ? "before" : "last", found, notices };
  const edit = { type: "edit", checkpoint: checkpoint + 1, based, edits } as const;
  return { edit: { position: (ledger.position + 1) as Position, ...edit }, held: "last", found, notices };
}

/** `shown`: catalog.csv, with the last checkpoint. The one before is what the other file must hold, byte by byte. */
async function findSpare(
  files: Files,
  path: string,
  ledger: Ledger,
  layout: Layout,
  shown: Uint8Array,
): Promise<Spare | undefined> {
  const stamp = await files.stamp(path);
  const bytes = ledger.hasCheckpointBefore ? await files.read(path) : undefined;
  if (bytes === undefined) return undefined;
  const behind = [...ledger.sheet().changed].sort((a, b) => a - b);
  const before = ledger.rows(ledger.checkpoint - 1);
  return layout.differsOnlyIn(behind, before, shown, bytes) ? { layout, stamp, behind } : undefined;
}

/** A checkpoint is made ready only when the one before it is in the log. */
function refuseLostLog(names: Names, logged: number, ready: number): void {
  if (ready <= logged + 1) return;
  throw new CatalogFileError(
    `${names.of("next", ready)} follows checkpoint ${ready - 1}, and the write-ahead log beside it ends at checkpoint ${logged}: ` +
      "the end of the log is lost. Nothing was changed. " +
      "Put back all files catalog.csv* of one backup (orders made since are booked again from the order log).",
  );
}

function rebuilt(path: string): Notice {
  return { type: "notice", level: "warn", message: "catalog-file-rebuilt", details: { file: path } };
}
