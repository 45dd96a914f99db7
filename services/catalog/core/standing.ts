import { times } from "./limits.ts";

/**
 * Whether the front-end at an address may have a lease. Each time that it keeps
 * purchases waiting it has to do without one for twice as long, so that a slow
 * front-end cannot throttle the store; good conduct is forgiven (TCP's
 * retransmission backoff is the model). Outlives the streams to the address.
 */
export class Standing {
  private pausedUntilMs = Number.NEGATIVE_INFINITY;
  private nextPauseMs: number = times.pauseMinMs;
  private currentPauseMs = 0;

  mayLease(nowMs: number): boolean {
    return nowMs >= this.pausedUntilMs;
  }

  /** It acknowledged late. Returns the pause if one begins; undefined if one is running and starts over. */
  blame(nowMs: number): number | undefined {
    const begins = nowMs >= this.pausedUntilMs;
    if (begins) {
      const forgiven = nowMs - this.pausedUntilMs > times.goodConductMs;
      this.currentPauseMs = forgiven ? times.pauseMinMs : this.nextPauseMs;
      this.nextPauseMs = Math.min(this.currentPauseMs * 2, times.pauseMaxMs);
    }
    this.pausedUntilMs = nowMs + this.currentPauseMs;
    return begins ? this.currentPauseMs : undefined;
  }
}
