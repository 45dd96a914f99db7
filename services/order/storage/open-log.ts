import type { LogIndex, LogPosition } from "../core/types.ts";
import { type LogPoint, logTop } from "./codec.ts";
import type { Disk } from "./disk.ts";
import { IndexFile } from "./index-file.ts";
import type { StorageLimits } from "./limits.ts";
import { LogReader } from "./log-reader.ts";
import type { Fault } from "./log-walk.ts";
import { LogWriter } from "./log-writer.ts";
import { MarkFile } from "./mark-file.ts";
import { RecentEntries } from "./recent-entries.ts";
import type { RecoveredLog } from "./recover-log.ts";
import { SparseIndex } from "./sparse-index.ts";
import type { StoreFiles } from "./store-files.ts";

/** What an open log tells its store. */
export interface LogEvents {
  readonly onDurable: (last: LogPosition) => void;
  readonly onFailed: (error: Error) => void;
  readonly onFault: (fault: Fault) => Error;
}

/** A log as it is after founding. */
export function emptyLog(limits: StorageLimits): RecoveredLog {
  const index = SparseIndex.empty(limits.indexEvery);
  return { end: logTop, tail: [], index, indexedOnDisk: 0, verifiedFrom: logTop, torn: undefined };
}

/** The log, its mark and its index while they are open: one writer and one reader on the same files. */
export class OpenLog {
  readonly fd: number;
  readonly index: SparseIndex;
  readonly writer: LogWriter;
  readonly reader: LogReader;
  private readonly mark: MarkFile;
  private readonly indexFile: IndexFile;

  /** `log` and `markSequence` are what the files hold, all of it durable. Throws the system's error. */
  constructor(
    private readonly disk: Disk,
    files: StoreFiles,
    log: RecoveredLog,
    markSequence: number,
    limits: StorageLimits,
    private readonly events: LogEvents,
  ) {
    const { index } = log;
    this.index = index;
    this.fd = disk.open(files.log, "r+");
    this.mark = new MarkFile(disk, files.mark, markSequence, limits.markSyncMs, (error) => this.writer.fail(error));
    this.mark.write(log.end.offset, log.end.last);
    this.indexFile = new IndexFile(disk, files.index, index, log.indexedOnDisk);
    this.indexFile.writeTo(index.records.length);
    const recent = new RecentEntries(log.tail, limits.recentEntriesMax);
    const shared = { disk, fd: this.fd, index, recent, mark: this.mark, indexFile: this.indexFile };
    const { groupBytesMax, readsMax } = limits;
    this.writer = new LogWriter({ ...shared, logFile: files.log, groupBytesMax, ...events }, log.end);
    this.reader = new LogReader({ ...shared, readsMax, durableEnd: () => this.writer.durableEnd, ...events });
  }

  /** Cuts every entry after `index`, which is in the log. */
  cutAfter(index: LogIndex): void {
    const place = this.reader.placeAfter(index);
    if (!isPlace(place)) {
      this.events.onFault(place);
      return;
    }
    this.reader.noteCut();
    this.writer.cut(place);
  }

  async close(): Promise<void> {
    await this.writer.close();
    await this.reader.settled();
    await this.mark.close();
    this.indexFile.close();
    this.disk.close(this.fd);
  }
}

function isPlace(place: LogPoint | Fault): place is LogPoint {
  return "chain" in place;
}
