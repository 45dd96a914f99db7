import type { Shared } from "./shared.ts";
import type { Entry, LogIndex, LogPosition, MissingReply, MissingRequest, ReplicaId, Term } from "./types.ts";

/** A request that is being answered, range by range. */
interface Answer {
  readonly from: ReplicaId;
  readonly request: MissingRequest;
  /** The entry before the next range. */
  previous: LogPosition;
  /** Entries that may still be sent. */
  left: number;
}

/**
 * Answers replicas that are behind with ranges of this replica's log. Only the
 * leader of the requester's term sends entries that are not committed; anyone
 * may send committed ones, for those never change.
 *
 * Ranges leave one a tick, however far behind the other is: sent as fast as they
 * can be, they take leader, follower and their disks from the purchases.
 */
export class MissingEntries {
  /** By the read under way; a later request of a replica takes the place of its earlier one. */
  private readonly underWay = new Map<number, Answer>();
  /** Their next range leaves with the next tick. */
  private readonly resting = new Map<ReplicaId, Answer>();

  constructor(private readonly shared: Shared) {}

  onRequest(from: ReplicaId, request: MissingRequest, leads: boolean): void {
    this.resting.delete(from);
    for (const [token, answer] of this.underWay) if (answer.from === from) this.underWay.delete(token);
    const left = Math.min(request.entriesMax, this.shared.limits.missingWindowMax);
    this.goOn({ from, request, previous: request.previous, left }, leads);
  }

  onTick(leads: boolean): void {
    const resting = [...this.resting.values()];
    this.resting.clear();
    for (const answer of resting) this.goOn(answer, leads);
  }

  onRead(token: number, entries: readonly Entry[], leads: boolean): boolean {
    const answer = this.underWay.get(token);
    if (answer === undefined) return false;
    this.underWay.delete(token);
    const limit = this.limit(answer.request, leads);
    // It may have lost the lead while it read, and vouches only for what it knows as committed then.
    if (!this.holds(answer.previous, limit)) this.refuse(answer, limit, leads);
    else {
      const permitted = entries.filter(({ index }) => index <= limit);
      this.sendRange(answer, permitted, limit);
    }
    return true;
  }

  private goOn(answer: Answer, leads: boolean): void {
    const limit = this.limit(answer.request, leads);
    // What was sent before may have been cut since, if it was not committed.
    if (!this.holds(answer.previous, limit)) {
      this.refuse(answer, limit, leads);
      return;
    }
    if (answer.previous.index === limit) {
      this.sendRange(answer, [], limit);
      return;
    }
    const first = (answer.previous.index + 1) as LogIndex;
    const entries = this.shared.log.entriesFrom(first, this.rangeMax(answer, limit));
    if (entries === undefined) this.read(answer, limit);
    else this.sendRange(answer, entries, limit);
  }

  private sendRange(answer: Answer, entries: readonly Entry[], limit: LogIndex): void {
    const end = answer.previous.index + entries.length >= limit;
    this.send(answer, { entries, end });
    const last = entries.at(-1);
    if (end || last === undefined) return;
    answer.previous = { index: last.index, term: last.term };
    answer.left -= entries.length;
    if (answer.left > 0) this.resting.set(answer.from, answer);
  }

  private read(answer: Answer, limit: LogIndex): void {
    const { outbox } = this.shared;
    const token = outbox.nextToken();
    this.underWay.set(token, answer);
    const first = (answer.previous.index + 1) as LogIndex;
    outbox.emit({ type: "read-entries", token, first, entriesMax: this.rangeMax(answer, limit) });
  }

  private rangeMax({ previous, left }: Answer, limit: LogIndex): number {
    return Math.min(left, this.shared.limits.missingEntriesMax, limit - previous.index);
  }

  private holds(position: LogPosition, limit: LogIndex): boolean {
    return position.index <= limit && this.shared.log.termAt(position.index) === position.term;
  }

  /** Goes back to before the terms that contradict, a term a step (Raft, section 5.3, last part). */
  private refuse(answer: Answer, limit: LogIndex, leads: boolean): void {
    const { previous, request } = answer;
    if (previous.index > limit && !this.isLeaderOf(request, leads)) {
      // It cannot vouch for what the other has beyond that, only for its own.
      const own = { index: limit, term: this.shared.log.termAt(limit) as Term };
      this.send({ ...answer, previous: own }, { entries: [], end: true });
      return;
    }
    const below = Math.min(previous.index - 1, limit) as LogIndex;
    const backTo = this.shared.log.lastIndexWithin(previous.term, below);
    this.send(answer, { entries: [], end: false, conflict: { backTo } });
  }

  private send(
    { from, request, previous }: Answer,
    part: { entries: readonly Entry[]; end: boolean; conflict?: MissingReply["conflict"] },
  ): void {
    this.shared.outbox.send(from, {
      type: "missing-reply",
      term: this.shared.term,
      sequence: request.sequence,
      previous,
      commitIndex: this.shared.log.committed,
      conflict: undefined,
      ...part,
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
