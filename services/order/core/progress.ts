import type { LogIndex, PropagateReply } from "./types.ts";
import { beforeFirst } from "./types.ts";

/** What a leader knows of one follower. match < next, and next <= last + 1. */
export class Progress {
  /** Up to here the follower's log equals the leader's and is synced. */
  match: LogIndex = beforeFirst;
  /** The highest of the leader's sequences that the follower has echoed. */
  sequence = 0;
  /** When its last answer to something new came; a new leader takes it that all have just been heard. */
  heardAtMs: number;
  /** It may be counted; a joining follower says that it may not. */
  voter = true;
  /** It lacks entries and fetches them itself; until then it gets heartbeats only. */
  catchingUp = false;
  catalogReachable = false;
  sentAtMs = -Infinity;
  /** The last entry of the batch that was sent last; nothing follows it before it is acknowledged, or lost. */
  private batchEnd: LogIndex = beforeFirst;
  private batchSentAtMs = -Infinity;
  /** Gaps that the follower saw in messages up to this sequence have been made good since. */
  private resumedAt = 0;

  constructor(
    /** The first entry that has not been sent. */
    public next: LogIndex,
    nowMs: number,
  ) {
    this.heardAtMs = nowMs;
  }

  /** `sent`: the leader's last index and sequence so far; a gap of up to `resumeWithin` entries is sent again. */
  onReply(
    reply: PropagateReply,
    nowMs: number,
    sent: { last: LogIndex; sequence: number },
    resumeWithin: number,
  ): void {
    // One that comes late, or once more, is no sign that its sender still lives.
    if (reply.sequence > this.sequence) this.heardAtMs = nowMs;
    this.voter = reply.voter;
    this.catalogReachable = reply.catalogReachable;
    this.sequence = Math.max(this.sequence, reply.sequence);
    if (reply.durableIndex > this.match) this.match = reply.durableIndex;
    if (this.next <= this.match) this.next = (this.match + 1) as LogIndex;
    if (reply.gap && reply.sequence > this.resumedAt) this.catchingUp = true;
    if (this.catchingUp && (!reply.gap || sent.last - this.match <= resumeWithin)) this.resume(sent.sequence);
  }

  /** A batch is under way: what gathers meanwhile goes with the next (Nagle's algorithm, RFC 896, counted in batches). */
  get isBusy(): boolean {
    return this.batchEnd > this.match;
  }

  /** It has left a batch unanswered for so long. */
  isOverdue(nowMs: number, patienceMs: number): boolean {
    return this.isBusy && nowMs - this.batchSentAtMs >= patienceMs;
  }

  /** So many entries were sent. */
  onSent(entries: number, nowMs: number): void {
    this.sentAtMs = nowMs;
    if (entries === 0) return;
    this.next = (this.next + entries) as LogIndex;
    this.batchEnd = (this.next - 1) as LogIndex;
    this.batchSentAtMs = nowMs;
  }

  /** What was sent since the last acknowledgement may be lost. */
  onLost(): void {
    this.sendAgain();
  }

  /** It was wiped: what it once acknowledged is gone. */
  reset(): void {
    this.match = beforeFirst;
    this.voter = false;
    this.catchingUp = true;
  }

  private resume(sequence: number): void {
    this.catchingUp = false;
    this.resumedAt = sequence;
    this.sendAgain();
  }

  private sendAgain(): void {
    this.next = (this.match + 1) as LogIndex;
    this.batchEnd = beforeFirst;
  }
}
