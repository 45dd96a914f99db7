import type { Clock } from "../../lib/clock.ts";
import type { Arrivals } from "./arrivals.ts";
import { makeHistogram, recordMs } from "./latency.ts";
import type { Recorder } from "./recorder.ts";
import type { Shopper } from "./shopper.ts";

const tickMs = 1;

/**
 * Begins iterations when they are due, whatever the store does (an open loop).
 * One that finds every connection in use waits, and its latency is counted from
 * when it was due: a store that stalls shows the stall in full instead of
 * slowing its load down ("coordinated omission", Gil Tene; wrk2 measures so
 * too). One that cannot begin within `latestMs` is dropped, and counted as such.
 */
export class OpenLoop {
  /** How late an iteration began although a connection was free: the generator's own fault. */
  readonly lateness = makeHistogram();
  /** Iterations that were due while every connection was in use. */
  waited = 0;
  private readonly idle: Shopper[];
  private readonly finished = Promise.withResolvers<undefined>();
  private isStopped = false;
  /** Since when some connection has been free. */
  private freeSinceMs: number;

  constructor(
    private readonly arrivals: Arrivals,
    private readonly shoppers: readonly Shopper[],
    private readonly clock: Clock,
    /** When the first iteration may be due, on `clock`. */
    private readonly zeroMs: number,
    private readonly limits: { readonly latestMs: number },
    private readonly recorder: Recorder,
  ) {
    this.idle = [...shoppers];
    this.freeSinceMs = zeroMs;
  }

  async run(stopped: () => boolean): Promise<void> {
    const timer = setInterval(() => {
      if (stopped()) this.isStopped = true;
      this.dispatch();
    }, tickMs);
    await this.finished.promise;
    clearInterval(timer);
  }

  /** Begins nothing more. */
  stop(): void {
    this.isStopped = true;
  }

  private dispatch(): void {
    const nowMs = this.clock.now();
    while (!this.isStopped) {
      const offsetMs = this.arrivals.peek();
      if (offsetMs === undefined) {
        this.isStopped = true;
        break;
      }
      const dueMs = this.zeroMs + offsetMs;
      if (dueMs > nowMs) return;
      if (nowMs - dueMs > this.limits.latestMs) {
        this.arrivals.advance();
        this.recorder.count("dropped", dueMs, nowMs);
        continue;
      }
      const shopper = this.idle.pop();
      if (shopper === undefined) return;
      this.arrivals.advance();
      if (this.freeSinceMs > dueMs) this.waited++;
      recordMs(this.lateness, nowMs - Math.max(dueMs, this.freeSinceMs));
      void this.visit(shopper, dueMs);
    }
    if (this.idle.length === this.shoppers.length) this.finished.resolve(undefined);
  }

  private async visit(shopper: Shopper, dueMs: number): Promise<void> {
    await shopper.visit(dueMs);
    if (this.idle.length === 0) this.freeSinceMs = this.clock.now();
    this.idle.push(shopper);
    this.dispatch();
  }
}
