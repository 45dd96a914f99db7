import { sizeOf } from "../core/change-size.ts";
import { Ledger } from "../core/ledger.ts";
import type { Change } from "../core/types.ts";
import type { Files } from "./files.ts";
import { CatalogFileError, type Kind, type Names, type Numbered } from "./names.ts";
import { readSegment, type SegmentRead } from "./segment.ts";
import { isOlderSnapshot, parseSnapshot, type Snapshot } from "./snapshot.ts";

/** What snapshot and write-ahead log say, before catalog.csv is looked at. */
export interface Recovered {
  readonly ledger: Ledger;
  readonly changesSinceSnapshot: number;
  /** The checksum of the log's last line. */
  readonly chain: number;
  /** The segment to go on with. */
  readonly segment: string;
  /** A write that a crash cut short, at the end of the last segment: to be removed. */
  readonly torn: { readonly path: string; readonly offset: number; readonly bytes: number } | undefined;
  /** Segments and snapshots that the snapshot makes needless. */
  readonly obsolete: readonly string[];
}

const wayOut =
  "Nothing was changed. Put back all files catalog.csv* of one backup (orders made since are booked again from the order log)";

/** Only reads. Undefined: there is no store yet. Throws CatalogFileError for anything but a torn end. */
export async function recover(files: Files, names: Names): Promise<Recovered | undefined> {
  const found = await names.list(files);
  const newest = found.snapshot.at(-1);
  if (newest === undefined) return notFounded(files, found);
  const snapshot = await readSnapshot(files, newest);
  const needed = neededSegments(found.wal, newest);
  const ledger = new Ledger(snapshot.image);
  let changesSinceSnapshot = 0;
  const take = (change: Change): void => {
    if (change.position <= ledger.position) return;
    ledger.apply(change);
    // Nobody reads yet; and what changed might be every product.
    ledger.takeChanged();
    changesSinceSnapshot += sizeOf(change);
  };
  let last: { segment: Numbered; read: SegmentRead; size: number } | undefined;
  for (const segment of needed) {
    const bytes = await files.read(segment.path);
    const before = last?.read.chain ?? (segment.number === newest.number + 1 ? snapshot.chain : undefined);
    const read = readChecked(segment, bytes ?? new Uint8Array(), { next: ledger.position + 1, before, take });
    const isLast = segment === needed.at(-1);
    if (read.end === "damaged" || (read.end === "torn" && !isLast)) throw damaged(segment.path, read);
    last = { segment, read, size: bytes?.length ?? 0 };
  }
  if (last === undefined) throw missing(names.of("wal", newest.number + 1));
  ledger.putAllBack();
  ledger.takeChanged();
  const { segment, read, size } = last;
  const torn = read.end === "torn" ? { path: segment.path, offset: read.bytes, bytes: size - read.bytes } : undefined;
  const obsolete = [...found.snapshot.slice(0, -1), ...found.wal.filter((wal) => !needed.includes(wal))];
  return {
    ledger,
    changesSinceSnapshot,
    chain: read.chain,
    segment: segment.path,
    torn,
    obsolete: obsolete.map(({ path }) => path),
  };
}

/** A founding that a crash cut short has a log without a change, no snapshot, and no next file yet. */
async function notFounded(files: Files, found: Record<Kind, Numbered[]>): Promise<undefined> {
  for (const { path } of found.wal) {
    const read = readSegment((await files.read(path)) ?? new Uint8Array(), () => undefined);
    if (read === undefined || read.changes > 0 || read.end !== "end") {
      throw new CatalogFileError(`${path} is there, but no snapshot that it continues. ${wayOut}.`);
    }
  }
  const next = found.next[0];
  if (next === undefined) return;
  throw new CatalogFileError(
    `${next.path} is there, but no snapshot of its store. ${wayOut}; ` +
      "or, to found a new store on catalog.csv as it is, remove it.",
  );
}

async function readSnapshot(files: Files, { path, number }: Numbered): Promise<Snapshot> {
  const bytes = (await files.read(path)) ?? new Uint8Array();
  const snapshot = parseSnapshot(bytes);
  if ("damagedAt" in snapshot) {
    if (isOlderSnapshot(bytes)) throw new CatalogFileError(`${path} was written by an older version of this catalog.`);
    throw new CatalogFileError(`${path} is damaged at offset ${snapshot.damagedAt}. ${wayOut}.`);
  }
  if (snapshot.image.position !== number) throw new CatalogFileError(`${path} is not what its name says. ${wayOut}.`);
  return snapshot;
}

/** From the one that holds the first change after the snapshot on. */
function neededSegments(segments: readonly Numbered[], snapshot: Numbered): Numbered[] {
  const start = segments.findLastIndex((segment) => segment.number <= snapshot.number + 1);
  return start < 0 ? [] : segments.slice(start);
}

/** `next`: the change that is wanted; `before`: the checksum of the log before it, if it is known. */
function readChecked(
  segment: Numbered,
  bytes: Uint8Array,
  { next, before, take }: { next: number; before: number | undefined; take: (change: Change) => void },
): SegmentRead {
  const read = readSegment(bytes, take);
  if (read === undefined) throw new CatalogFileError(`${segment.path} is damaged at offset 0 (its header). ${wayOut}.`);
  const continues = before === undefined || before === read.chainBefore;
  if (read.first !== segment.number || read.first > next || !continues) {
    throw new CatalogFileError(`${segment.path} does not continue the log before it. ${wayOut}.`);
  }
  return read;
}

function missing(path: string): CatalogFileError {
  return new CatalogFileError(`${path} is missing, and with it every change since the snapshot. ${wayOut}.`);
}

function damaged(path: string, { bytes, line }: SegmentRead): CatalogFileError {
  return new CatalogFileError(
    `${path} is damaged at offset ${bytes} (line ${line}). ${wayOut}; or, to give up restocks and edits after that line, ` +
      `cut it there (truncate -s ${bytes} ${path}), remove later wal files, every next file and catalog.csv, and start again.`,
  );
}
