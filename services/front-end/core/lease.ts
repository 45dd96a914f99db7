/**
 * The right to show cached values, granted by the catalog on the Invalidate
 * stream (front.proto; the idea is Gray and Cheriton's, 1989).
 *
 * A grant counts from when the acknowledgement that it echoes was sent: the
 * catalog received that acknowledgement before it sent the grant, so its own,
 * longer count began later. Delays on the way can only shorten the lease.
 */
export class Lease {
  /** Sending time of each acknowledgement that no grant has gone past, ascending by sequence. */
  private readonly sentAtMs = new Map<number, number>();
  private untilMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly leaseMs: number,
    private readonly acknowledgementsMax: number,
  ) {}

  /** To be asked with the time of this very use: a process that was stopped must not trust an older one. */
  isValid(nowMs: number): boolean {
    return nowMs < this.untilMs;
  }

  /** A new stream: what was granted on the old one ends, for its invalidations no longer arrive. */
  reset(): void {
    this.untilMs = Number.NEGATIVE_INFINITY;
    this.sentAtMs.clear();
  }

  /** To be called before the acknowledgement leaves, never after. */
  acknowledged(sequence: number, nowMs: number): void {
    this.sentAtMs.set(sequence, nowMs);
    if (this.sentAtMs.size <= this.acknowledgementsMax) return;
    for (const oldest of this.sentAtMs.keys()) {
      this.sentAtMs.delete(oldest);
      return;
    }
  }

  /** An echo of an acknowledgement that was never sent, or is forgotten, grants nothing. */
  granted(echo: number): void {
    const sentAtMs = this.sentAtMs.get(echo);
    if (sentAtMs === undefined) return;
    this.untilMs = Math.max(this.untilMs, sentAtMs + this.leaseMs);
    for (const sequence of this.sentAtMs.keys()) {
      if (sequence >= echo) return;
      this.sentAtMs.delete(sequence);
    }
  }
}
