import { chainChecksum } from "../../../services/lib/checksum.ts";
import {
  beforeFirst,
  type Entry,
  firstOfGroup,
  type LogIndex,
  type LogPosition,
  noTerm,
  type Order,
  type OrderNumber,
  ordersPerRead,
  type ReplicaId,
  type Term,
} from "../../../services/order/core/types.ts";
import { encodePayload, header, logTop, sealLine } from "../../../services/order/storage/codec.ts";
import type { Identity, Mark, Vote } from "../../../services/order/storage/records.ts";

/** Files at rest: what a machine holds while its replica is down. */
export interface RestingFiles {
  /** The log file's bytes. */
  readonly log: Buffer;
  readonly mark: Mark;
  readonly vote: Vote;
  readonly identity: Identity;
}

type Operation = Line | { readonly cutAfter: LogIndex };

/** A line of the log as it is written. */
export interface Line {
  readonly text: string;
  readonly entry: Entry;
  readonly chain: number;
  /** Bytes of the file up to its end. */
  readonly endsAt: number;
}

/**
 * A replica's disk while it runs. It tells apart what was asked for (queued),
 * what was handed to the system (written: survives the process) and what is
 * synced (survives a loss of power), and writes with the real log codec.
 */
export class ReplicaDisk {
  /** The log as it will be when everything queued is written. */
  readonly queued: Line[] = [];
  /** Written, in order; the first `synced` are on the platter. */
  readonly lines: Line[] = [];
  synced = 0;
  /** Synced lines that were cut, and the cut is not synced yet: a loss of power may bring them back. */
  cut: readonly Line[] = [];
  identity: Identity | undefined;
  vote: Vote = { term: noTerm, votedFor: undefined };
  /** As written after the last sync, and as last synced itself. */
  mark: Mark = { sequence: 1, length: logTop.offset, last: logTop.last };
  syncedMark: Mark = this.mark;
  private operations: Operation[] = [];

  get hasWork(): boolean {
    return this.operations.length > 0;
  }

  get last(): LogPosition {
    return positionOf(this.lines.at(-1));
  }

  append(entries: readonly Entry[]): void {
    for (const entry of entries) this.operations.push(this.encode(entry));
  }

  truncate(after: LogIndex): void {
    this.queued.length = Math.min(this.queued.length, after);
    this.operations.push({ cutAfter: after });
  }

  /** Writes everything that is queued; a sync is to follow. Returns the position that the sync will make durable. */
  write(): LogPosition {
    for (const operation of this.operations) {
      if ("cutAfter" in operation) this.cutLines(operation.cutAfter);
      else this.lines.push(operation);
    }
    this.operations = [];
    return this.last;
  }

  /** The sync of what was written up to `position` is done. False: it is to be cut by what is queued. */
  onSynced(position: LogPosition): boolean {
    this.cut = [];
    this.synced = position.index;
    this.writeMark(this.synced);
    return this.queued[position.index - 1] === this.lines[position.index - 1];
  }

  found(storeId: string, replicaId: ReplicaId): void {
    this.identity = { storeId, replicaId, voter: false };
  }

  saveIdentity(voter: boolean): void {
    if (this.identity !== undefined) this.identity = { ...this.identity, voter };
  }

  saveVote(term: Term, votedFor: ReplicaId | undefined): void {
    this.vote = { term, votedFor };
  }

  entries(first: LogIndex, max: number): Entry[] {
    return this.queued.slice(first - 1, first - 1 + max).map((line) => line.entry);
  }

  /** What the log holds of the order's group. */
  group(number: OrderNumber): Order[] {
    const group: Order[] = [];
    for (let at = this.queued.length - 1; at >= 0; at--) {
      const order = this.queued[at]?.entry.order;
      if (order === undefined || firstOfGroup(order.number, ordersPerRead) > number) continue;
      if (order.number < firstOfGroup(number, ordersPerRead)) break;
      group.unshift(order);
    }
    return group;
  }

  /** Begins with what was found at a start: all of it counts as synced. */
  load(entries: readonly Entry[], mark: Mark): void {
    for (const entry of entries) this.lines.push(this.encode(entry));
    this.synced = this.lines.length;
    this.mark = mark;
    this.syncedMark = mark;
  }

  syncMark(): void {
    this.syncedMark = this.mark;
  }

  private encode(entry: Entry): Line {
    const before = this.queued.at(-1);
    const payload = encodePayload(entry);
    const chain = chainChecksum(before?.chain ?? logTop.chain, payload);
    const text = sealLine(payload, chain);
    const line = { text, entry, chain, endsAt: (before?.endsAt ?? header.length) + Buffer.byteLength(text) };
    this.queued.push(line);
    return line;
  }

  private cutLines(after: LogIndex): void {
    if (after >= this.lines.length) return;
    if (after < this.synced) {
      // The mark is lowered, durably, before the file is shortened.
      this.cut = [...this.lines.slice(after, this.synced), ...this.cut];
      this.synced = after;
      this.writeMark(after);
      this.syncMark();
    }
    this.lines.length = after;
  }

  private writeMark(count: number): void {
    const line = this.lines[count - 1];
    this.mark = { sequence: this.mark.sequence + 1, length: line?.endsAt ?? logTop.offset, last: positionOf(line) };
  }
}

function positionOf(line: Line | undefined): LogPosition {
  return line === undefined ? { index: beforeFirst, term: noTerm } : { index: line.entry.index, term: line.entry.term };
}
