import type { Shared } from "./shared.ts";
import type { Entry, LogIndex, MissingRequest, ReplicaId } from "./types.ts";

/**
 * Answers replicas that are behind with ranges of this replica's log. Only the
 * leader of the requester's term sends entries that are not committed; anyone
 * may send committed ones, for those never change.
 */
export class MissingEntries {
  /** Reads under way; a later request of the same replica takes the place of an earlier one. */
  private readonly reads = new Map<number, { readonly from: ReplicaId; readonly request: MissingRequest }>();

  constructor(private readonly shared: Shared) {}

  onRequest(from: ReplicaId, request: MissingRequest, leads: boolean): void {
    const { log } = this.shared;
    const limit = this.limit(request, leads);
    const { previous } = request;
    if (previous.index <= limit && log.termAt(previous.index) === previous.term) {
      this.sendRange(from, request, limit);
    } else if (previous.index <= limit || this.isLeaderOf(request, leads)) {
      this.sendConflict(from, request, limit);
    } else {
      this.sendEntries(from, request, [], true);
    }
  }

  onRead(token: number, entries: readonly Entry[], leads: boolean): boolean {
    const read = this.reads.get(token);
    if (read === undefined) return false;
    this.reads.delete(token);
    const limit = this.limit(read.request, leads);
    this.sendEntries(
      read.from,
      read.request,
      entries.filter((entry) => entry.index <= limit),
      false,
    );
    return true;
  }

  private sendRange(from: ReplicaId, request: MissingRequest, limit: LogIndex): void {
    const { log, outbox, limits } = this.shared;
    const first = (request.previous.index + 1) as LogIndex;
    const wanted = Math.min(request.entriesMax, limits.missingEntriesMax, limit - request.previous.index);
    const entries = log.entriesFrom(first, wanted);
    if (entries !== undefined) {
      this.sendEntries(from, request, entries, request.previous.index + entries.length >= limit);
      return;
    }
    for (const [token, read] of this.reads) if (read.from === from) this.reads.delete(token);
    const token = outbox.nextToken();
    this.reads.set(token, { from, request });
    outbox.emit({ type: "read-entries", token, first, entriesMax: wanted });
  }

  private sendEntries(from: ReplicaId, request: MissingRequest, entries: readonly Entry[], end: boolean): void {
    this.shared.outbox.send(from, {
      type: "missing-reply",
      term: this.shared.term,
      sequence: request.sequence,
      previous: request.previous,
      entries,
      commitIndex: this.shared.log.committed,
      end,
      conflict: undefined,
    });
  }

  /** Goes back to before the terms that contradict, a term a step (Raft, section 5.3, last part). */
  private sendConflict(from: ReplicaId, request: MissingRequest, limit: LogIndex): void {
    const { log, outbox } = this.shared;
    const below = Math.min(request.previous.index - 1, limit) as LogIndex;
    outbox.send(from, {
      type: "missing-reply",
      term: this.shared.term,
      sequence: request.sequence,
      previous: request.previous,
      entries: [],
      commitIndex: log.committed,
      end: false,
      conflict: { backTo: log.lastIndexWithin(request.previous.term, below) },
    });
  }

  private limit(request: MissingRequest, leads: boolean): LogIndex {
    const { log } = this.shared;
    return this.isLeaderOf(request, leads) ? log.last.index : log.committed;
  }

  private isLeaderOf(request: MissingRequest, leads: boolean): boolean {
    return leads && request.term === this.shared.term;
  }
}
