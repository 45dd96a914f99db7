import { limits, times } from "./limits.ts";
import type { Standing } from "./standing.ts";
import { beforeFirst, type FrontId, type Invalidation, type Version } from "./types.ts";

interface Sent {
  readonly sequence: number;
  readonly version: Version;
  readonly atMs: number;
}

/**
 * One Invalidate stream and the lease that was granted on it. It matters until
 * its lease has ended, also when the stream is gone: a process that nobody can
 * reach may still answer from its cache. A newer stream to the same address does
 * not end it earlier, since another process may be answering there by now.
 */
export class Generation {
  connected = true;
  /** Names to be sent. At most one for each product. */
  readonly pending = new Set<string>();
  /** In the order sent; at most unacknowledgedMessagesMax. */
  private readonly unacknowledged: Sent[] = [];
  private sentSequence = 0;
  private sentAtMs = Number.NEGATIVE_INFINITY;
  /** Every change up to here is named in a message sent. */
  private sentVersion: Version = beforeFirst;
  private acknowledgedSequence = 0;
  /** Of the last message that named a product. */
  private namedSequence = 0;
  /** No cached value is older than this, as long as a lease runs. */
  private acknowledgedVersion: Version = beforeFirst;
  private leaseUntilMs = Number.NEGATIVE_INFINITY;
  private awaitsFirstLease = false;

  constructor(
    readonly front: FrontId,
    readonly address: string,
    readonly standing: Standing,
  ) {}

  /** It has answered, so there is a front-end at the address. */
  get isLive(): boolean {
    return this.acknowledgedSequence > 0;
  }

  leaseRuns(nowMs: number): boolean {
    return nowMs < this.leaseUntilMs;
  }

  /** Later changes than the returned version may be hidden by its cache. `version`: of the last change. */
  holdsUpAfter(nowMs: number, version: Version): Version {
    const holdsUp = this.leaseRuns(nowMs) && !this.isClean && this.acknowledgedVersion < version;
    return holdsUp ? this.acknowledgedVersion : version;
  }

  /** It has dropped all that it had to. What changes once the stream is gone nobody can name to it. */
  private get isClean(): boolean {
    return this.connected && this.pending.size === 0 && this.namedSequence <= this.acknowledgedSequence;
  }

  /** How long the oldest message has been unacknowledged. */
  waitingMs(nowMs: number): number {
    const oldest = this.unacknowledged[0];
    return oldest === undefined ? 0 : nowMs - oldest.atMs;
  }

  /** The next message that is due at this time, or undefined. `version`: of the last change. */
  next(nowMs: number, version: Version): Invalidation | undefined {
    const window = this.isLive ? limits.unacknowledgedMessagesMax : 1;
    if (!this.connected || this.unacknowledged.length >= window) return undefined;
    const isDue = nowMs - this.sentAtMs >= times.frontHeartbeatMs;
    if (this.pending.size === 0 && !isDue && !this.awaitsFirstLease) return undefined;
    return this.send(nowMs, version);
  }

  /** False: it acknowledges what was not sent, or twice. */
  acknowledge(sequence: number): boolean {
    if (sequence <= this.acknowledgedSequence || sequence > this.sentSequence) return false;
    if (!this.isLive) this.awaitsFirstLease = true;
    for (let sent = this.unacknowledged[0]; sent !== undefined && sent.sequence <= sequence; ) {
      this.acknowledgedVersion = sent.version;
      this.unacknowledged.shift();
      sent = this.unacknowledged[0];
    }
    this.acknowledgedSequence = sequence;
    return true;
  }

  private send(nowMs: number, version: Version): Invalidation {
    const products = this.takePending();
    if (this.pending.size === 0) this.sentVersion = version;
    const lease = this.mayLease(nowMs);
    if (lease) this.leaseUntilMs = nowMs + times.leaseMs;
    this.awaitsFirstLease = false;
    this.sentSequence += 1;
    if (products.length > 0) this.namedSequence = this.sentSequence;
    this.sentAtMs = nowMs;
    this.unacknowledged.push({ sequence: this.sentSequence, version: this.sentVersion, atMs: nowMs });
    return {
      sequence: this.sentSequence,
      products,
      version: this.sentVersion,
      lease,
      echo: this.acknowledgedSequence,
    };
  }

  /** Not while a change that may have been released without it is still to be sent. */
  private mayLease(nowMs: number): boolean {
    const isPrompt = this.waitingMs(nowMs) <= times.acknowledgeMs;
    return this.isLive && isPrompt && this.pending.size === 0 && this.standing.mayLease(nowMs);
  }

  private takePending(): string[] {
    if (this.pending.size <= limits.productsPerMessageMax) {
      const all = [...this.pending];
      this.pending.clear();
      return all;
    }
    const some: string[] = [];
    for (const name of this.pending) {
      if (some.length === limits.productsPerMessageMax) break;
      some.push(name);
    }
    for (const name of some) this.pending.delete(name);
    return some;
  }
}
