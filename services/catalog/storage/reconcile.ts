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
    const held = number === checkpoint ? "last" : "before";
    if (layout !== undefined) return { edit: undefined, held, found: { ...found, layout }, notices: [] };
  }
  const { edits, notices } = findEdits(ledger, based, parseCatalog(names.csv, bytes));
  if (edits.length === 0) return { edit: undefined, held: holdsBefore ? "before" : "last", found, notices };
  const edit = { type: "edit", checkpoint: checkpoint + 1, based, edits } as const;
  return { edit: { position: (ledger.position + 1) as Position, ...edit }, held: "last", found, notices };
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
