import { dirname } from "node:path";
import { assert } from "../../lib/assert.ts";
import {
  type Entry,
  type LogIndex,
  type LogPosition,
  noTerm,
  type Order,
  type OrderNumber,
  type Recovered,
  type ReplicaId,
  type TakeKey,
  type Term,
} from "../core/types.ts";
import { header, type LogPoint, logTop } from "./codec.ts";
import { type Disk, replaceFile, replaceFileNow, systemDisk } from "./disk.ts";
import { defaultStorageLimits, type StorageLimits } from "./limits.ts";
import { ChunkReader, type Fault } from "./log-walk.ts";
import { firstMarks } from "./mark-file.ts";
import { inspectFiles, type Opening, settleFiles } from "./open-files.ts";
import { emptyLog, OpenLog } from "./open-log.ts";
import { encodeIdentity, encodeVote, type Identity, type Vote } from "./records.ts";
import type { RecoveredLog } from "./recover-log.ts";
import { type Damage, DamageError, type Found, type Notice, type ReplicaStore } from "./store.ts";
import { type StoreFiles, setAside, storeFiles, wasSetAside } from "./store-files.ts";
import { checkInBackground, readKeys } from "./verify-log.ts";

export interface FileStoreOptions {
  /** The path of the log; the other files stand beside it. */
  readonly logFile: string;
  readonly replicaId: ReplicaId;
  /** The log is synced up to here. */
  readonly onDurable: (last: LogPosition) => void;
  /** A write or sync failed: called once, nothing is written after it, and the process is to end. */
  readonly onFailed: (error: Error) => void;
  /**
   * Damage was found after the opening. Called once, when the files were set
   * aside; nothing is written after it, and the process is to end: the next one
   * finds a wiped replica. Without it onFailed gets a DamageError.
   */
  readonly onDamage?: (damage: Damage) => void;
  readonly notice: (notice: Notice) => void;
  readonly disk?: Disk;
  readonly limits?: Partial<StorageLimits>;
}

type Whole = Extract<Opening, { type: "whole" }>;

/**
 * Opens a replica's files. Damaged ones are set aside, never deleted, and the
 * store is then as if wiped. Throws WrongReplicaError, or the system's error.
 */
export async function openFileStore(options: FileStoreOptions): Promise<FileStore> {
  const disk = options.disk ?? systemDisk;
  const limits = { ...defaultStorageLimits, ...options.limits };
  const files = storeFiles(options.logFile);
  const opening = inspectFiles(disk, files, options.replicaId, limits);
  if (opening.type === "damaged") {
    const aside = setAside(disk, files);
    noticeDamage(options, opening.damage, aside);
  }
  if (opening.type === "whole") {
    noticeTorn(options, opening);
    await settleFiles(disk, files, opening.log);
  }
  return new FileStore(options, disk, limits, files, opening);
}

function noticeDamage({ notice }: FileStoreOptions, damage: Damage, setAsideAs: string): void {
  notice({ level: "error", message: "the log is damaged and was set aside", details: { ...damage, setAsideAs } });
}

function noticeTorn({ notice, logFile }: FileStoreOptions, { log: { torn }, size }: Whole): void {
  if (torn === undefined) return;
  const details = { file: logFile, offset: torn.offset, bytesCut: size - torn.offset, reason: torn.reason };
  notice({ level: "warn", message: "the log ended in a torn write, which was cut", details });
}

/** A replica's state in files; see DESIGN.md. */
export class FileStore implements ReplicaStore {
  /** Resolves when the background has verified the log, or given up because of damage or of closing. */
  readonly verified: Promise<void>;
  private opened: Found;
  /** Undefined until there is an identity. */
  private log: OpenLog | undefined;
  private identity: Identity | undefined;
  private vote: Vote = { term: noTerm, votedFor: undefined };
  private committedIndex = 0;
  /** The last of the saves of vote and identity, which go one after the other. */
  private saving: Promise<unknown> = Promise.resolve();
  /** Aborted when nothing more is to be done: closed, failed or damaged. */
  private readonly stop = new AbortController();

  constructor(
    private readonly options: FileStoreOptions,
    private readonly disk: Disk,
    private readonly limits: StorageLimits,
    private readonly files: StoreFiles,
    opening: Opening,
  ) {
    if (opening.type !== "whole") {
      const mayFound = opening.type === "nothing" && !wasSetAside(disk, files);
      this.opened = { recovered: undefined, mayFound };
      this.verified = Promise.resolve();
      return;
    }
    this.identity = opening.identity;
    this.vote = opening.vote;
    this.log = this.openLog(opening.log, opening.mark.sequence);
    this.opened = { recovered: this.recovered(opening, this.log) };
    this.verified = this.verify(opening.log, this.log);
  }

  get found(): Found {
    return this.opened;
  }

  /** Who asked has taken over what was found: its entries are not to live as long as the store. */
  forgetFound(): void {
    this.opened = { recovered: undefined, mayFound: false };
  }

  append(entries: readonly Entry[]): void {
    if (!this.stop.signal.aborted) this.openedLog().writer.append(entries);
  }

  truncate(after: LogIndex): void {
    if (this.stop.signal.aborted) return;
    const log = this.openedLog();
    assert(after >= this.committedIndex, "a committed entry is never cut");
    if (after < log.writer.last.index) log.cutAfter(after);
  }

  committed(index: LogIndex): void {
    this.committedIndex = Math.max(this.committedIndex, index);
  }

  saveVote(term: Term, votedFor: ReplicaId | undefined): Promise<void> {
    this.vote = { term, votedFor };
    if (this.identity === undefined) {
      assert(votedFor === undefined, "a replica without identity does not vote");
      return Promise.resolve();
    }
    return this.save(this.files.vote, encodeVote(this.vote));
  }

  async saveIdentity(storeId: string, voter: boolean): Promise<void> {
    const before = this.identity;
    assert(before === undefined || before.storeId === storeId, "a replica stays with its store");
    const { replicaId } = this.options;
    const identity = { storeId, replicaId, voter };
    if (before === undefined) this.createFiles(identity);
    this.identity = identity;
    if (before !== undefined) await this.save(this.files.identity, encodeIdentity(identity));
    else if (this.vote.term > noTerm) await this.save(this.files.vote, encodeVote(this.vote));
  }

  async readEntries(first: LogIndex, entriesMax: number): Promise<Entry[]> {
    assert(first >= 1 && entriesMax >= 1, "a range of entries begins at 1 and is not empty");
    return this.openedLog().reader.entries(first, entriesMax);
  }

  async readGroups(numbers: readonly OrderNumber[]): Promise<Order[][]> {
    const { writer, reader } = this.openedLog();
    const areThere = numbers.every((number) => number >= 0 && number < writer.orders);
    assert(areThere, "an order that is asked for is in the log");
    return reader.groups(numbers);
  }

  async close(): Promise<void> {
    await this.saving.catch(() => undefined);
    await this.log?.writer.settled();
    this.stop.abort();
    await this.verified;
    await this.log?.close();
  }

  private openedLog(): OpenLog {
    assert(this.log !== undefined, "a log needs an identity first");
    return this.log;
  }

  /** The identity comes last: without it the others are remnants of a founding that never was. */
  private createFiles(identity: Identity): void {
    const { disk, files } = this;
    disk.makeFolder(dirname(files.log));
    replaceFileNow(disk, files.log, header);
    replaceFileNow(disk, files.mark, firstMarks(logTop.offset, logTop.last));
    replaceFileNow(disk, files.vote, encodeVote({ term: noTerm, votedFor: undefined }));
    replaceFileNow(disk, files.identity, encodeIdentity(identity));
    this.log = this.openLog(emptyLog(this.limits), 2);
  }

  private openLog(log: RecoveredLog, markSequence: number): OpenLog {
    return new OpenLog(this.disk, this.files, log, markSequence, this.limits, {
      onDurable: this.options.onDurable,
      onFailed: (error) => this.fail(error),
      onFault: (fault) => this.reportDamage(fault),
    });
  }

  private save(path: string, content: string): Promise<void> {
    const saved = this.saving.then(() => {
      if (this.stop.signal.aborted) throw new Error(`${path} is not written after the store's end`);
      return replaceFile(this.disk, path, content);
    });
    this.saving = saved.catch(() => undefined);
    return saved;
  }

  private recovered({ identity, vote, log }: Whole, { fd, index }: OpenLog): Recovered {
    const { verifiedFrom } = log;
    const { last } = log.end;
    const overtaken = last.term > vote.term;
    const tailStart = log.tail[0]?.before ?? log.end;
    return {
      storeId: identity.storeId,
      voter: identity.voter,
      term: overtaken ? last.term : vote.term,
      votedFor: overtaken ? undefined : vote.votedFor,
      last,
      orders: log.end.orders,
      termStarts: index.termStarts(),
      tail: log.tail.map(({ entry }) => entry),
      keys: (take) => this.readKeys(fd, verifiedFrom, tailStart, take),
    };
  }

  /** These lines were verified at opening; damage since then ends the replica here. */
  private readKeys(fd: number, verifiedFrom: LogPoint, tailStart: LogPoint, take: TakeKey): void {
    const reader = new ChunkReader(this.disk, fd, this.limits.chunkBytes);
    const fault = readKeys(reader, verifiedFrom, tailStart, this.limits.keysMax, take);
    if (fault !== undefined) throw this.reportDamage(fault);
  }

  private async verify({ verifiedFrom }: RecoveredLog, { fd, index }: OpenLog): Promise<void> {
    const reader = new ChunkReader(this.disk, fd, this.limits.verifySliceBytes);
    try {
      const fault = await checkInBackground(reader, index.records, verifiedFrom, this.limits, this.stop.signal);
      if (fault !== undefined) this.reportDamage(fault);
    } catch (error) {
      this.fail(error as Error);
    }
  }

  private fail(error: Error): void {
    if (this.stop.signal.aborted) return;
    this.stop.abort();
    this.log?.writer.stop();
    this.options.onFailed(error);
  }

  /** Sets the files aside before anyone hears of the damage: whoever does may end the process at once. */
  private reportDamage(fault: Fault): DamageError {
    const damage = { file: this.files.log, ...fault };
    const error = new DamageError(damage);
    if (this.stop.signal.aborted) return error;
    this.stop.abort();
    this.log?.writer.stop();
    noticeDamage(this.options, damage, setAside(this.disk, this.files));
    if (this.options.onDamage === undefined) this.options.onFailed(error);
    else this.options.onDamage(damage);
    return error;
  }
}
