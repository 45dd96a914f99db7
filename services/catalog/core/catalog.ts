import { unreachable } from "../../lib/assert.ts";
import { sizeOf } from "./change-size.ts";
import { Checkpoints } from "./checkpoints.ts";
import { FrontEnds } from "./front-ends.ts";
import type { Ledger } from "./ledger.ts";
import { limits, type Settings, times } from "./limits.ts";
import { Queries } from "./queries.ts";
import { Reservations } from "./reservations.ts";
import { Restocks } from "./restocks.ts";
import { Sessions } from "./sessions.ts";
import { Turn } from "./turn.ts";
import {
  beforeFirst,
  type Change,
  type Effect,
  type Event,
  type Held,
  type Image,
  type Position,
  type Reservation,
  type SessionId,
  type Version,
} from "./types.ts";

/** What the disk held at the start; all of it is durable. */
export interface Start {
  readonly ledger: Ledger;
  /** The size of the changes in the log since the last snapshot. */
  readonly changesSinceSnapshot: number;
  readonly held: Held;
}

/**
 * The catalog: who gets which stock, and when that may be told. Free of I/O:
 * events in, effects out; several steps may be taken before a drain, and what
 * they decide goes out together (etcd raft's Ready is the model).
 *
 * A change is released when it is in no usable cache in an older version. Nothing
 * that a change made is told to anyone before. Reservations are not kept: the order
 * log is the log of the stock, too, and the leader tells after a start what it holds.
 */
export class Catalog {
  private readonly ledger: Ledger;
  private readonly turn: Turn;
  private readonly reserved: Reservations;
  private readonly restocks: Restocks;
  private readonly queries: Queries;
  private readonly sessions: Sessions;
  private readonly frontEnds: FrontEnds;
  private readonly checkpoints: Checkpoints;
  private durable: Position;
  /** Up to where a sync was asked for, and when. */
  private syncing: Position;
  private syncedMs: number;
  /** Never falls. */
  private released: Version = beforeFirst;
  private changesSinceSnapshot: number;
  private lastTickMs: number;
  private life: "running" | "stopping" | "stopped" = "running";

  constructor(nowMs: number, start: Start, settings: Settings) {
    this.ledger = start.ledger;
    this.turn = new Turn(this.ledger);
    this.reserved = new Reservations(this.ledger);
    this.restocks = new Restocks(nowMs, settings, this.ledger, this.turn);
    this.sessions = new Sessions(this.ledger, this.reserved, this.turn);
    this.frontEnds = new FrontEnds(nowMs + times.leaseMs, this.turn);
    this.queries = new Queries(this.ledger, this.turn, (product) => this.frontEnds.onAsked(product));
    const intervalMs = settings.checkpointIntervalMs;
    this.checkpoints = new Checkpoints(nowMs, start.held, intervalMs, this.ledger, this.turn);
    this.durable = this.ledger.position;
    this.syncing = this.durable;
    this.syncedMs = nowMs;
    this.changesSinceSnapshot = start.changesSinceSnapshot;
    this.lastTickMs = nowMs;
  }

  /** A copy of everything that the catalog knows, but for reservations(). */
  image(): Image {
    return this.ledger.image();
  }

  /** What is set aside, oldest first. */
  reservations(): readonly Reservation[] {
    return this.reserved.all();
  }

  step(nowMs: number, event: Event): void {
    // Whatever comes first when the process goes on.
    if (this.isHeldUp(nowMs)) this.frontEnds.excuse(nowMs);
    switch (event.type) {
      case "tick":
        return this.tick(nowMs);
      case "queries":
        return this.queries.ask(event.caller, event.queries, this.sessions.isStockKnown, this.released);
      case "caller-gone":
        return this.queries.forget(event.caller);
      case "session-open":
        return this.openSession(nowMs, event);
      case "session-work":
        return this.work(nowMs, event);
      case "session-gone":
        return this.sessions.gone(event.session);
      case "front-opened":
        return this.frontEnds.open(event.front, event.address);
      case "front-acknowledged":
        return this.frontEnds.acknowledge(nowMs, event.front, event.sequence);
      case "front-gone":
        return this.frontEnds.gone(nowMs, event.front);
      case "durable":
        this.durable = event.position;
        return this.restocks.onDurable(event.position);
      case "checkpoint-published":
        return this.checkpoints.published();
      case "checkpoint-failed":
        return this.checkpoints.failed(event.message);
      case "snapshot-ended":
        return this.ledger.endPortrait();
      case "stop":
        return this.stop();
      default:
        return unreachable(event);
    }
  }

  /** Everything to be done since the last drain. The changes come first: what follows may rest on them. */
  drain(nowMs: number): Effect[] {
    this.checkpoints.advance(nowMs, this.durable, this.life === "stopping");
    const log = this.takeLog(nowMs);
    this.frontEnds.changed(this.ledger.takeChanged());
    this.frontEnds.send(nowMs, this.ledger.version);
    this.release(nowMs);
    this.queries.send(this.released);
    this.sessions.send(nowMs, this.durable, this.released);
    this.finish();
    return log.concat(this.turn.takeEffects());
  }

  private tick(nowMs: number): void {
    const heldUp = this.isHeldUp(nowMs);
    this.lastTickMs = nowMs;
    this.sessions.tick(nowMs, heldUp);
    this.frontEnds.tick(nowMs);
    if (this.life === "running") this.restocks.tick(nowMs);
  }

  private isHeldUp(nowMs: number): boolean {
    return nowMs - this.lastTickMs > times.tickLateMs;
  }

  private work(nowMs: number, event: Event & { type: "session-work" }): void {
    const wasKnown = this.sessions.isStockKnown;
    this.sessions.work(nowMs, event.session, event.work, this.durable);
    if (this.sessions.isStockKnown && !wasKnown) this.queries.answerEarly(this.released);
  }

  private openSession(nowMs: number, event: Event & { type: "session-open" }): void {
    if (this.life === "running") this.sessions.open(nowMs, event.session, event.storeId, event.fence);
    else this.refuseStopping(event.session);
  }

  private refuseStopping(session: SessionId): void {
    const refusal = { code: "stopping", message: "the catalog stops" } as const;
    this.turn.emit({ type: "session-refused", session, refusal });
  }

  private stop(): void {
    if (this.life !== "running") return;
    this.life = "stopping";
    this.sessions.refuse({ code: "stopping", message: "the catalog stops" });
  }

  private takeLog(nowMs: number): Effect[] {
    const effects: Effect[] = [];
    const changes = this.turn.takeChanges();
    for (const change of changes) this.changesSinceSnapshot += sizeOf(change);
    if (changes.length > 0) effects.push({ type: "append", changes });
    if (this.isSyncDue(nowMs, changes)) {
      effects.push({ type: "sync" });
      this.syncing = this.ledger.position;
      this.syncedMs = nowMs;
    }
    // Behind a change only: the log before the snapshot ends with it, and a new segment begins.
    const portrait = changes.length > 0 && this.isSnapshotDue() ? this.ledger.portrait() : undefined;
    if (portrait === undefined) return effects;
    this.changesSinceSnapshot = 0;
    return [...effects, { type: "snapshot", portrait }];
  }

  /** For a settle nobody waits: the order log has what it says. It only is not to be told again after every start. */
  private isSyncDue(nowMs: number, changes: readonly Change[]): boolean {
    if (this.syncing === this.ledger.position) return false;
    const isWaitedFor = this.life === "stopping" || changes.some(({ type }) => type !== "settle");
    return isWaitedFor || nowMs - this.syncedMs >= times.settledUnsyncedMs;
  }

  /** A snapshot has a line for each product: it is worth it once the log has grown by as many. */
  private isSnapshotDue(): boolean {
    return this.changesSinceSnapshot >= Math.max(limits.changesPerSnapshot, this.ledger.productCount);
  }

  private release(nowMs: number): void {
    const releasable = this.frontEnds.releasable(nowMs, this.ledger.version);
    if (releasable > this.released) this.released = releasable;
  }

  /** Says once, when stopping, that all is done. A catalog.csv that cannot be written is rebuilt at the next start. */
  private finish(): void {
    if (this.life !== "stopping" || this.durable < this.ledger.position) return;
    if (!this.checkpoints.isDone && this.checkpoints.failuresInARow === 0) return;
    this.life = "stopped";
    this.turn.emit({ type: "stopped" });
  }
}
