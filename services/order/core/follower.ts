import { assert } from "../../lib/assert.ts";
import type { Shared } from "./shared.ts";
import type { Entry, LogIndex, LogPosition, MissingReply, Propagate, ReplicaId, Term } from "./types.ts";
import { beforeFirst, noTerm } from "./types.ts";

/**
 * A follower's side of one leader's term: it appends what follows on its log,
 * cuts an uncommitted tail that contradicts the leader's, and fetches what it
 * lacks, a window at a time, which comes in ranges.
 */
export class Follower {
  /** Up to here the log is known to equal that of the leader of `term`. committed <= matched. */
  private matched: LogIndex;
  private sequence = 0;
  private gap = false;
  /** The request for missing entries that is not answered in full. */
  private missing: { readonly sequence: number; readonly upTo: number; heardAtMs: number } | undefined;
  private missingSequence = 0;
  /**
   * What is owed to the leader. An answer to entries waits for the disk, because the one that says they
   * are durable makes it superfluous; but never longer than a tick, for a leader must hear its followers.
   */
  private owed: "nothing" | "answer" | "answer-at-once" = "nothing";

  constructor(
    private readonly shared: Shared,
    readonly leader: ReplicaId,
    readonly term: Term,
  ) {
    this.matched = shared.log.committed;
  }

  /** Entries up to here are the leader's and on this disk. */
  get held(): LogIndex {
    return Math.min(this.shared.log.durable, this.matched) as LogIndex;
  }

  /** One that comes late, or once more, is no sign that its sender still lives. */
  isNews({ sequence }: Propagate): boolean {
    return sequence > this.sequence;
  }

  onPropagate(message: Propagate): void {
    this.sequence = Math.max(this.sequence, message.sequence);
    const { log } = this.shared;
    if (!this.takeOver(message.previous, message.entries)) {
      this.gap = true;
      this.owed = "answer-at-once";
      this.askForMissing(log.last);
      return;
    }
    if (message.previous.index + message.entries.length >= log.last.index) this.gap = false;
    this.commit(message.commitIndex);
    this.owe(message.entries.length > 0 && log.durable < log.last.index ? "answer" : "answer-at-once");
  }

  onMissingReply(reply: MissingReply): void {
    const { missing } = this;
    if (missing === undefined || reply.sequence !== missing.sequence) return;
    this.owed = "answer-at-once";
    missing.heardAtMs = this.shared.now;
    if (reply.conflict !== undefined) {
      this.missing = undefined;
      this.goBack(reply.previous, reply.conflict.backTo);
      return;
    }
    const fits = this.takeOver(reply.previous, reply.entries);
    // Whose log contradicts this one, and who may say no more, is not asked again at once.
    const upTo = reply.previous.index + reply.entries.length;
    if (reply.end ? fits : upTo >= missing.upTo) this.missing = undefined;
    if (!fits) return;
    if (reply.end) this.gap = false;
    this.commit(reply.commitIndex);
  }

  /** Answers what came since the last drain, and goes on fetching. */
  flush(): void {
    this.continueFetching();
    if (this.owed !== "answer-at-once") return;
    this.owed = "nothing";
    this.shared.outbox.send(this.leader, {
      type: "propagate-reply",
      term: this.term,
      sequence: this.sequence,
      durableIndex: this.held,
      gap: this.gap,
      voter: this.shared.voter,
      catalogReachable: this.shared.catalogReachable,
    });
  }

  onDurable(): void {
    this.owed = "answer-at-once";
  }

  onTick(): void {
    if (this.owed === "answer") this.owed = "answer-at-once";
  }

  private owe(what: "answer" | "answer-at-once"): void {
    if (this.owed !== "answer-at-once") this.owed = what;
  }

  /** False if the log does not hold `previous`: nothing is changed then. */
  private takeOver(previous: LogPosition, entries: readonly Entry[]): boolean {
    const { log, outbox } = this.shared;
    if (log.termAt(previous.index) !== previous.term) return false;
    for (const entry of entries) {
      const own = log.termAt(entry.index);
      if (own === entry.term) continue;
      if (own !== undefined) this.cutAfter((entry.index - 1) as LogIndex);
      log.append(entry);
      outbox.append(entry);
    }
    const end = (previous.index + entries.length) as LogIndex;
    if (end > this.matched) this.matched = end;
    return true;
  }

  private commit(commitIndex: LogIndex): void {
    this.shared.log.commitTo(Math.min(commitIndex, this.matched) as LogIndex);
  }

  private cutAfter(index: LogIndex): void {
    const { log, outbox } = this.shared;
    assert(index >= this.matched, "what equals the leader's log is never cut");
    outbox.notice("info", "uncommitted entries cut", { after: index, last: log.last.index });
    log.truncateAfter(index);
    outbox.truncate(index);
  }

  /** The leader's log has something else at the end of this one. */
  private goBack(previous: LogPosition, backTo: LogIndex): void {
    const { log } = this.shared;
    if (previous.index !== log.last.index || previous.term !== log.last.term) return;
    const target = Math.max(backTo, this.matched) as LogIndex;
    if (target < log.last.index) this.cutAfter(target);
  }

  private continueFetching(): void {
    const { log, now, limits } = this.shared;
    if (!this.gap) return;
    if (this.missing !== undefined && now - this.missing.heardAtMs < limits.missingTimeoutMs) return;
    if (log.last.index - log.durable > limits.missingBacklogMax) return;
    this.missing = undefined;
    this.askForMissing(log.last);
  }

  private askForMissing(previous: LogPosition): void {
    if (this.missing !== undefined) return;
    const { outbox, now, limits } = this.shared;
    const upTo = previous.index + limits.missingWindowMax;
    this.missing = { sequence: ++this.missingSequence, upTo, heardAtMs: now };
    outbox.send(this.leader, {
      type: "missing-request",
      term: this.term,
      previous: previous.index === beforeFirst ? { index: beforeFirst, term: noTerm } : previous,
      entriesMax: limits.missingWindowMax,
      sequence: this.missing.sequence,
    });
  }
}
