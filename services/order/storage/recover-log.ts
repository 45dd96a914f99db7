import type { Entry } from "../core/types.ts";
import { header, type LogPoint, logTop } from "./codec.ts";
import { IndexRecords } from "./index-records.ts";
import type { StorageLimits } from "./limits.ts";
import { type ChunkReader, type Fault, LogWalk, walkTo } from "./log-walk.ts";
import type { Mark } from "./records.ts";
import { SparseIndex } from "./sparse-index.ts";
import { isTorn } from "./torn-end.ts";
import { checkBlocks } from "./verify-log.ts";

/** An entry and the place before its line. */
export interface PlacedEntry {
  readonly entry: Entry;
  readonly before: LogPoint;
}

/** A log that can be trusted from `verifiedFrom` on; what is above it is verified later. */
export interface RecoveredLog {
  readonly end: LogPoint;
  /** The last entries. */
  readonly tail: readonly PlacedEntry[];
  /** Complete, whatever the index file held. */
  readonly index: SparseIndex;
  /** How many of its records were on disk and can stay there. */
  readonly indexedOnDisk: number;
  /** At or before the first of the last `keysMax` orders that precede the tail. */
  readonly verifiedFrom: LogPoint;
  /** What a crash left of a group that was never acknowledged; it must be cut. */
  readonly torn: Fault | undefined;
}

export type LogOutcome = RecoveredLog | { readonly damage: Fault };

export interface LogSource {
  readonly reader: ChunkReader;
  /** Of the log file, in bytes. */
  readonly size: number;
  readonly mark: Mark;
  readonly limits: StorageLimits;
}

/** Decides what a log file holds. `records`: what its index file says. */
export function recoverLog(source: LogSource, records: IndexRecords): LogOutcome {
  // Before its mark is written, or an index record, the log is synced: with the line that the record is of.
  const floor = Math.max(source.mark.length, (records.last?.before.offset ?? -1) + 1);
  if (source.size < floor) {
    return { damage: { offset: source.size, reason: `the log ends here, and was synced up to byte ${floor}` } };
  }
  const outcome = tryToRecover(source, records, floor);
  if (!("damage" in outcome) || records.length === 0) return outcome;
  // Either the log is damaged or the index lies. A walk from the top tells, and finds the first damage.
  return tryToRecover(source, IndexRecords.none(), floor);
}

function tryToRecover(source: LogSource, records: IndexRecords, floor: number): LogOutcome {
  const { reader, limits } = source;
  if (reader.chunk(0, header.length).toString("latin1") !== header) {
    return { damage: { offset: 0, reason: "the first line is not the header of an order log" } };
  }
  const lastIndex = records.last?.before.last.index ?? 0;
  const start = placeBefore(records, (nth) => records.indexBefore(nth) + limits.recoveredEntriesMax <= lastIndex);
  const tail = new TailWalk(source, start, records);
  const fault = tail.run();
  const damage = tail.markFault() ?? (fault && damageOf(source, fault, tail.walk.chain, floor));
  if (damage !== undefined) return { damage };

  const verifiedFrom = placeBefore(records, (nth) => records.ordersBefore(nth) + limits.keysMax <= start.orders);
  const older = checkBlocks(reader, records, verifiedFrom, start);
  if (older !== undefined) return { damage: older };
  const { index } = tail;
  const end = tail.walk.point();
  return {
    end,
    tail: tail.entries(),
    index,
    indexedOnDisk: records.agreesTo(index.records),
    verifiedFrom,
    torn: fault,
  };
}

/** The place of the last record for which `holds`, or the top. */
function placeBefore(records: IndexRecords, holds: (nth: number) => boolean): LogPoint {
  let nth = records.length - 1;
  while (nth >= 0 && !holds(nth)) nth--;
  return nth < 0 ? logTop : (records.at(nth)?.before ?? logTop);
}

/** The damage that a fault is; undefined if it is the torn end of a group that was not acknowledged. */
function damageOf({ reader, size, limits }: LogSource, fault: Fault, chain: number, floor: number): Fault | undefined {
  const rest = size - fault.offset;
  if (fault.offset < floor || rest > limits.groupBytesMax) return fault;
  const bytes = Buffer.alloc(rest);
  for (let at = 0; at < rest; ) at += reader.chunk(fault.offset + at, size).copy(bytes, at);
  return isTorn(bytes, fault.offset, chain) ? undefined : fault;
}

/** Goes from an indexed place to the end of the log, and keeps its last entries. */
class TailWalk {
  readonly walk: LogWalk;
  readonly index: SparseIndex;
  private readonly placed: PlacedEntry[] = [];
  private markSeen: boolean;

  constructor(
    private readonly source: LogSource,
    start: LogPoint,
    records: IndexRecords,
  ) {
    this.walk = new LogWalk(start);
    this.index = new SparseIndex(records, source.limits.indexEvery);
    // What the walk passes it notes anew.
    this.index.cutAfter(start.last.index);
    this.markSeen = source.mark.length < start.offset;
  }

  run(): Fault | undefined {
    const { reader, size } = this.source;
    const fault = walkTo(reader, this.walk, size, (bytes) => this.walk.read(bytes, (entry) => this.take(entry)));
    this.lookForMark(this.walk.point());
    return fault;
  }

  /** The log is not the one that the mark was written for. Sensible only if the walk passed the mark. */
  markFault(): Fault | undefined {
    const { mark } = this.source;
    if (this.markSeen || this.walk.offset < mark.length) return undefined;
    return {
      offset: mark.length,
      reason: `the mark file names entry ${mark.last.index} of term ${mark.last.term} here`,
    };
  }

  entries(): PlacedEntry[] {
    return this.placed.slice(-this.source.limits.recoveredEntriesMax);
  }

  private take(entry: Entry): void {
    const before = this.walk.point();
    this.lookForMark(before);
    this.index.note(before, entry);
    this.placed.push({ entry, before });
    const { recoveredEntriesMax } = this.source.limits;
    if (this.placed.length >= 2 * recoveredEntriesMax) this.placed.splice(0, recoveredEntriesMax);
  }

  private lookForMark({ offset, last }: LogPoint): void {
    const { mark } = this.source;
    if (offset === mark.length && last.index === mark.last.index && last.term === mark.last.term) this.markSeen = true;
  }
}
