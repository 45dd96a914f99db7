import { findEdits } from "../core/edits.ts";
import type { Ledger } from "../core/ledger.ts";
import type { Change, Held, Notice, Position } from "../core/types.ts";
import type { FoundFiles, Spare } from "./catalog-file.ts";
import { parseCatalog } from "./csv.ts";
import type { Files } from "./files.ts";
import { Layout } from "./layout.ts";
import { CatalogFileError, type Names } from "./names.ts";

/** How catalog.csv stands to the recovered ledger. */
export interface Reconciled {
  /** To be logged and synced before anything is served. */
  readonly edit: Change | undefined;
  readonly held: Held;
  readonly found: FoundFiles;
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
  // What nobody edited need not be parsed. A file that is the last checkpoint is no edit, whatever stands beside it.
  for (const number of new Set([based, checkpoint])) {
    const layout = Layout.of(bytes, ledger.rows(number));
    if (layout === undefined) continue;
    if (number < checkpoint) return { edit: undefined, held: "before", found: { ...found, layout }, notices: [] };
    const { spare, notices } = await findSpare(files, names.of("next", checkpoint + 1), ledger, layout, bytes);
    return { edit: undefined, held: "last", found: { ...found, layout, spare }, notices };
  }
  const { edits, notices } = findEdits(ledger, based, parseCatalog(names.csv, bytes));
  if (edits.length === 0) return { edit: undefined, held: holdsBefore ? "before" : "last", found, notices };
  const edit = { type: "edit", checkpoint: checkpoint + 1, based, edits } as const;
  return { edit: { position: (ledger.position + 1) as Position, ...edit }, held: "last", found, notices };
}

/**
 * The file that is to take the place of catalog.csv, whose bytes are `shown`, if
 * it holds the checkpoint before, byte by byte. Otherwise it can be done without.
 */
async function findSpare(
  files: Files,
  path: string,
  ledger: Ledger,
  layout: Layout,
  shown: Uint8Array,
): Promise<{ readonly spare: Spare | undefined; readonly notices: Notice[] }> {
  if (!ledger.hasCheckpointBefore) return { spare: undefined, notices: [] };
  try {
    const stamp = await files.stamp(path);
    const bytes = (await files.read(path)) ?? new Uint8Array();
    const behind = [...ledger.sheet().changed].sort((a, b) => a - b);
    const isBefore = layout.differsOnlyIn(behind, ledger.rows(ledger.checkpoint - 1), shown, bytes);
    return { spare: isBefore ? { layout, stamp, behind } : undefined, notices: [] };
  } catch (error) {
    const { code, message: reason } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    const details = { file: path, reason };
    return {
      spare: undefined,
      notices: [{ type: "notice", level: "warn", message: "next-file-unreadable", details }],
    };
  }
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
