import { assert } from "../../lib/assert.ts";
import type { Leadership } from "./leadership.ts";
import { WorkBatch } from "./outbox.ts";
import type { Purchases } from "./purchases.ts";
import type { Shared } from "./shared.ts";
import type { Entry, Event, LogIndex, Order, ReserveCode } from "./types.ts";

type Opened = Extract<Event, { type: "catalog-opened" }>;

/**
 *   closed     nothing open; tried again at retryAtMs
 *   opening    asked for
 *   replaying  orders from `next` on are being settled; no new one is reserved yet
 *   ready      reserves, settles and returns flow
 */
type State =
  | { readonly name: "closed"; readonly retryAtMs: number }
  | { readonly name: "opening" }
  | {
      readonly name: "replaying";
      next: number;
      /** Where to look for it: between an order's number and its index are only entries that open terms. */
      cursor: LogIndex;
      readToken: number | undefined;
    }
  | { readonly name: "ready" };

/**
 * A leader's session with the catalog. It is first opened when the entry that
 * opens the term is committed: from then on the fate of every order of an older
 * term is decided, and the catalog refuses all older sessions. What is reserved
 * lives in the catalog's memory only, so a session begins with all that this log
 * holds and the catalog has not settled; the catalog forgets what else it reserved.
 */
export class Session {
  private state: State = { name: "closed", retryAtMs: -Infinity };
  /** Of the newest session that this leadership has opened. */
  private number = 0;
  private settles: Order[] = [];
  /** Nobody waits for a settle: it goes with the next Reserve, or with the tick. */
  private settlesAreDue = false;
  private readySinceMs: number;

  constructor(
    private readonly shared: Shared,
    private readonly leadership: Leadership,
    private readonly purchases: Purchases,
  ) {
    this.readySinceMs = shared.now;
  }

  get isReady(): boolean {
    return this.state.name === "ready";
  }

  /** For how long there has been no open session; 0 while there is one. */
  downForMs(): number {
    return this.isReady ? 0 : this.shared.now - this.readySinceMs;
  }

  onTick(): void {
    const { outbox, term, storeId, now } = this.shared;
    if (this.isReady) this.readySinceMs = now;
    this.settlesAreDue = true;
    if (this.state.name !== "closed" || now < this.state.retryAtMs || !this.leadership.isOpen) return;
    if (storeId === undefined) return;
    this.state = { name: "opening" };
    this.number = ++this.shared.catalogSessions;
    outbox.emit({ type: "open-catalog", storeId, term, session: this.number });
  }

  onOpened({ session, settledBelow }: Opened): void {
    if (session !== this.number || this.state.name !== "opening") return;
    const { log, outbox, limits, now } = this.shared;
    if (settledBelow > log.committedOrders) {
      const details = { settledBelow, committedOrders: log.committedOrders };
      outbox.notice("error", "the catalog has settled orders that no majority of the order replicas has", details);
      this.suspend(now + limits.catalogRefusedMs);
      return;
    }
    outbox.notice("info", "catalog session opened", { session, settledBelow });
    const cursor = log.lowestIndexOf(settledBelow);
    this.state = { name: "replaying", next: settledBelow, cursor, readToken: undefined };
    this.replay();
  }

  onReplies(session: number, replies: readonly { readonly ticket: number; readonly code: ReserveCode }[]): void {
    if (session !== this.number || !this.isReady) return;
    for (const { ticket, code } of replies) this.purchases.onReserved(ticket, code);
  }

  onClosed(session: number): void {
    if (session !== this.number || this.state.name === "closed") return;
    if (this.isReady) this.shared.outbox.notice("warn", "catalog session lost", { session });
    this.close(this.shared.now + this.shared.limits.catalogRetryMs);
  }

  /** Closes the session from this side, until then. */
  suspend(retryAtMs: number): void {
    this.shared.outbox.emit({ type: "close-catalog" });
    this.close(retryAtMs);
  }

  onCommitted(order: Order): void {
    if (this.isReady) this.settles.push(order);
  }

  /** Orders for the replay, if they were asked for here. */
  onRead(token: number, entries: readonly Entry[]): void {
    if (this.state.name !== "replaying" || this.state.readToken !== token) return;
    this.state.readToken = undefined;
    this.settleAll(entries);
    this.replay();
  }

  /**
   * One batch of Reserves is under way at a time: what gathers meanwhile goes with
   * the next, so that batches grow with the load, and messages do not.
   */
  flush(): void {
    if (!this.isReady) return;
    const batch = new WorkBatch();
    this.purchases.moveInto(batch);
    const { settlesMax } = this.shared.limits;
    if (batch.isEmpty && !this.settlesAreDue && this.settles.length < settlesMax) return;
    this.settlesAreDue = false;
    batch.settles = this.settles;
    this.settles = [];
    if (!batch.isEmpty) this.shared.outbox.catalogWork(this.number, batch);
  }

  private close(retryAtMs: number): void {
    this.state = { name: "closed", retryAtMs };
    this.settles = [];
    this.purchases.onSessionClosed();
  }

  /** Settles every committed order from settledBelow on; then reserves anew what is appended and not committed. */
  private replay(): void {
    const { log, outbox, limits } = this.shared;
    while (this.state.name === "replaying") {
      const { next, cursor } = this.state;
      if (next >= log.committedOrders) {
        this.finishReplay();
        return;
      }
      const entries = log.entriesFrom(cursor, limits.settlesMax);
      if (entries === undefined) {
        const token = outbox.nextToken();
        this.state.readToken = token;
        outbox.emit({ type: "read-entries", token, first: cursor, entriesMax: limits.settlesMax });
        return;
      }
      assert(entries.length > 0, "committed orders that are not on disk only are in memory");
      this.settleAll(entries);
    }
  }

  private settleAll(entries: readonly Entry[]): void {
    if (this.state.name !== "replaying") return;
    const settles: Order[] = [];
    for (const { index, order } of entries) {
      if (order !== undefined && order.number >= this.shared.log.committedOrders) break;
      this.state.cursor = (index + 1) as LogIndex;
      if (order === undefined || order.number !== this.state.next) continue;
      settles.push(order);
      this.state.next++;
    }
    if (settles.length > 0) this.shared.outbox.catalogWork(this.number, { settles, returns: [], reserves: [] });
  }

  private finishReplay(): void {
    this.state = { name: "ready" };
    const { outbox, limits } = this.shared;
    let reserves = this.purchases.appended();
    for (; reserves.length > limits.reservesMax; reserves = reserves.slice(limits.reservesMax)) {
      outbox.catalogWork(this.number, { settles: [], returns: [], reserves: reserves.slice(0, limits.reservesMax) });
    }
    outbox.catalogWork(this.number, { settles: [], returns: [], reserves, replayed: true });
  }
}
