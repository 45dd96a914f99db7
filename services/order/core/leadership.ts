import { assert } from "../../lib/assert.ts";
import { Confirmations } from "./confirmations.ts";
import { Progress } from "./progress.ts";
import { majority, reachedByMajority } from "./quorum.ts";
import type { Shared } from "./shared.ts";
import type { Entry, LogIndex, Order, Propagate, PropagateReply, ReplicaId, Term } from "./types.ts";

/**
 * A leader's side of one term: it propagates the log, commits what a majority
 * has synced (Raft, sections 5.3 and 5.4.2), confirms on request that it still
 * leads, and knows when it has not heard a majority for its lease. It is thrifty
 * (Moraru, Andersen and Kaminsky, There Is More Consensus in Egalitarian
 * Parliaments, 2013): of three, one follower is enough for a majority, and a
 * batch costs a follower the same whatever it holds.
 */
export class Leadership {
  readonly term: Term;
  readonly confirmations: Confirmations;
  private readonly followers = new Map<ReplicaId, Progress>();
  /** The entry that opens this term; serving starts when it is committed. */
  private readonly opening: LogIndex;
  /**
   * The follower that makes up a majority with this leader: it is sent new entries at once, the others with the tick,
   * in fewer batches. As soon as it is not fit for that, the place is vacant, all are sent new entries at once, and
   * the first fit one that answers takes it.
   */
  private partner: Progress | undefined;
  /** The tick came since the last flush. */
  private ticked = false;
  private sequence = 0;
  private heartbeatWanted = true;

  constructor(private readonly shared: Shared) {
    const { log, now, peers } = shared;
    this.term = shared.term;
    this.opening = (log.last.index + 1) as LogIndex;
    for (const peer of peers) this.followers.set(peer, new Progress(this.opening, now));
    this.confirmations = new Confirmations(shared.id, shared.members);
    this.append(undefined);
  }

  /** The entry that opens the term is committed, and with it everything before it. */
  get isOpen(): boolean {
    return this.shared.log.committed >= this.opening;
  }

  /** Appends an order with the next number, or (without) the entry that opens the term. */
  append(order: Omit<Order, "number"> | undefined): Order | undefined {
    const { log, outbox } = this.shared;
    const numbered = order === undefined ? undefined : { number: log.orders as Order["number"], ...order };
    const entry: Entry = { index: (log.last.index + 1) as LogIndex, term: this.term, order: numbered };
    log.append(entry);
    outbox.append(entry);
    return numbered;
  }

  onReply(from: ReplicaId, reply: PropagateReply): void {
    const progress = this.follower(from);
    if (!reply.voter && progress.voter) progress.reset();
    const { now, log, limits } = this.shared;
    progress.onReply(reply, now, { last: log.last.index, sequence: this.sequence }, limits.batchEntriesMax);
    if (progress.voter) this.confirmations.onSequence(from, progress.sequence);
    if (this.partner === undefined && this.isFit(progress)) this.partner = progress;
  }

  onLost(follower: ReplicaId): void {
    const progress = this.follower(follower);
    progress.onLost();
    if (this.partner === progress) this.partner = undefined;
  }

  onTick(): void {
    this.ticked = true;
  }

  /** A replica without its data asks to join: nothing that it once said counts any more. */
  onJoining(follower: ReplicaId): void {
    this.follower(follower).reset();
    this.confirmations.forget(follower);
  }

  /** Commits what a majority has synced, if it is of this term. */
  advanceCommit(): Order[] {
    const { log, members } = this.shared;
    if (log.committed === log.last.index) return [];
    const durable: number[] = [log.durable];
    for (const progress of this.followers.values()) if (progress.voter) durable.push(progress.match);
    const index = reachedByMajority(durable, members);
    if (index <= log.committed || log.termAt(index as LogIndex) !== this.term) return [];
    return log.commitTo(index as LogIndex);
  }

  /** A majority, this replica among it, was heard since that moment. Asked at every step: it allocates nothing. */
  hasHeardMajoritySince(ms: number): boolean {
    let heard = 1;
    for (const progress of this.followers.values()) if (progress.voter && progress.heardAtMs > ms) heard++;
    return heard >= majority(this.shared.members);
  }

  /** Calls back when a majority, `without` a replica, has answered a message sent after now. */
  confirm(done: () => void, without?: ReplicaId): void {
    this.heartbeatWanted = true;
    this.confirmations.add(this.sequence + 1, done, without);
  }

  /** The follower that is a voter and has most of the log, if it satisfies `suits`. */
  successor(
    suits: (progress: Progress) => boolean,
  ): { readonly id: ReplicaId; readonly upToDate: boolean } | undefined {
    let best: { readonly id: ReplicaId; readonly progress: Progress } | undefined;
    for (const [id, progress] of this.followers) {
      const alive = this.shared.now - progress.heardAtMs < this.shared.limits.leaseMs;
      if (!progress.voter || !alive || !suits(progress)) continue;
      if (best === undefined || progress.match > best.progress.match) best = { id, progress };
    }
    if (best === undefined) return undefined;
    return { id: best.id, upToDate: best.progress.match === this.shared.log.last.index };
  }

  /** Sends each follower what it has not been sent, if it is its turn, or a heartbeat when one is due. */
  flush(): void {
    const { now, limits } = this.shared;
    if (this.partner !== undefined && !this.isFit(this.partner)) this.partner = undefined;
    this.sequence++;
    let sent = false;
    let last: Propagate | undefined;
    for (const [id, progress] of this.followers) {
      const entries = this.isTurnOf(progress) ? this.unsent(progress) : [];
      const due = this.heartbeatWanted || now - progress.sentAtMs >= limits.heartbeatMs;
      if (entries.length === 0 && !due) continue;
      const message = this.message(progress, entries);
      // Followers that are equally far get one message, which is then encoded once.
      if (last === undefined || !isSame(last, message)) last = message;
      this.shared.outbox.send(id, last);
      progress.onSent(entries.length, now);
      sent = true;
    }
    this.heartbeatWanted = false;
    this.ticked = false;
    if (!sent) this.sequence--;
  }

  private isFit(progress: Progress): boolean {
    const { now, limits } = this.shared;
    return progress.voter && !progress.catchingUp && !progress.isOverdue(now, limits.partnerPatienceMs);
  }

  private isTurnOf(progress: Progress): boolean {
    return this.ticked || this.partner === undefined || this.partner === progress;
  }

  private unsent(progress: Progress): Entry[] {
    const { log, limits } = this.shared;
    if (progress.catchingUp || progress.isBusy || progress.next > log.last.index) return [];
    const entries = log.entriesFrom(progress.next, limits.batchEntriesMax);
    if (entries !== undefined) return entries;
    progress.catchingUp = true;
    return [];
  }

  private message(progress: Progress, entries: readonly Entry[]): Propagate {
    const { log } = this.shared;
    // To a follower that catches up the heartbeat shows the leader's end, so that it knows its gap.
    const previous = progress.catchingUp ? log.last.index : ((progress.next - 1) as LogIndex);
    const term = log.termAt(previous);
    assert(term !== undefined, "the entry before a batch is in the log");
    return {
      type: "propagate",
      term: this.term,
      previous: { index: previous, term },
      entries,
      commitIndex: log.committed,
      sequence: this.sequence,
    };
  }

  private follower(id: ReplicaId): Progress {
    const progress = this.followers.get(id);
    assert(progress !== undefined, `replica ${id} is not a peer`);
    return progress;
  }
}

/** Of one leader and one moment. */
function isSame(one: Propagate, other: Propagate): boolean {
  return one.previous.index === other.previous.index && one.entries.length === other.entries.length;
}
