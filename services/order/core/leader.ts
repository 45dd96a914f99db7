import { Attempts } from "./attempts.ts";
import { Leadership } from "./leadership.ts";
import { Purchases } from "./purchases.ts";
import { Session } from "./session.ts";
import type { Shared } from "./shared.ts";
import type { Order, ReplicaId } from "./types.ts";

/** Why and to whom leadership is being handed over, until when. */
interface HandOver {
  readonly reason: "stopping" | "catalog";
  readonly endsAtMs: number;
  /** When the successor was last told. */
  nominatedAtMs: number | undefined;
}

/** Everything that exists only while this replica leads: its term's log, purchases and catalog session. */
export class Leader {
  readonly leadership: Leadership;
  readonly purchases: Purchases;
  readonly session: Session;
  readonly attempts: Attempts;
  private handOver: HandOver | undefined;
  private opened = false;

  constructor(private readonly shared: Shared) {
    this.leadership = new Leadership(shared);
    this.purchases = new Purchases(shared, this.leadership);
    this.session = new Session(shared, this.leadership, this.purchases);
    this.attempts = new Attempts(shared.term, shared.limits.frontEndsMax);
  }

  get isOpen(): boolean {
    return this.leadership.isOpen;
  }

  get isServing(): boolean {
    return this.isOpen && this.session.isReady;
  }

  get hasLostMajority(): boolean {
    const { now, limits } = this.shared;
    return !this.leadership.hasHeardMajoritySince(now - limits.leaseMs);
  }

  onTick(): void {
    this.leadership.onTick();
    this.session.onTick();
    this.purchases.expire();
    this.considerHandOver();
    this.pursueHandOver();
  }

  /** Commits what it can; true if this opened the term. */
  commit(): boolean {
    this.onCommitted(this.leadership.advanceCommit());
    if (this.opened || !this.isOpen) return false;
    this.opened = true;
    this.session.onTick();
    return true;
  }

  flush(): void {
    // While it hands over the log comes to rest: what is not reserved yet waits for the next leader.
    if (this.handOver === undefined) this.session.flush();
    this.leadership.flush();
  }

  startHandOver(reason: HandOver["reason"]): void {
    const { now, limits } = this.shared;
    this.handOver = { reason, endsAtMs: now + limits.handOverMs, nominatedAtMs: undefined };
    this.pursueHandOver();
  }

  /**
   * Nominates the successor once it has the whole log, and again while that has
   * no effect. From then on nothing may be appended, or the successor would be
   * behind: the catalog session is closed, and its answers under way are void.
   */
  pursueHandOver(): void {
    const { handOver, shared } = this;
    if (handOver === undefined) return;
    if (shared.now >= handOver.endsAtMs) {
      this.handOver = undefined;
      return;
    }
    const successor = this.successor(handOver.reason);
    if (successor === undefined || !successor.upToDate) return;
    if (shared.now - (handOver.nominatedAtMs ?? -Infinity) < shared.limits.voteRoundMs) return;
    if (handOver.nominatedAtMs === undefined) {
      shared.outbox.notice("info", "handing leadership over", { to: successor.id, reason: handOver.reason });
      this.session.suspend(handOver.endsAtMs);
    }
    handOver.nominatedAtMs = shared.now;
    shared.outbox.send(successor.id, { type: "nominate", consentTerm: this.leadership.term });
  }

  private onCommitted(orders: readonly Order[]): void {
    for (const order of orders) {
      this.purchases.onCommitted(order);
      this.session.onCommitted(order);
    }
  }

  private considerHandOver(): void {
    const { shared } = this;
    if (this.handOver !== undefined || shared.catalogReachable) return;
    if (this.session.downForMs() < shared.limits.catalogPatienceMs) return;
    if (this.successor("catalog") !== undefined) this.startHandOver("catalog");
  }

  private successor(reason: HandOver["reason"]): { readonly id: ReplicaId; readonly upToDate: boolean } | undefined {
    return this.leadership.successor((progress) => reason === "stopping" || progress.catalogReachable);
  }
}
