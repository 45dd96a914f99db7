import { unreachable } from "../../lib/assert.ts";
import { Checkpoints } from "./checkpoints.ts";
import { FrontEnds } from "./front-ends.ts";
import type { Ledger } from "./ledger.ts";
import { limits, type Settings, times } from "./limits.ts";
import { roomFor } from "./product.ts";
import { Queries } from "./queries.ts";
import { Sessions } from "./sessions.ts";
import { Turn } from "./turn.ts";
import {
  beforeFirst,
  type Effect,
  type Event,
  type Held,
  type Image,
  type Product,
  type SessionId,
  type Version,
} from "./types.ts";

/** What the disk held at the start; all of it is durable. */
export interface Start {
  readonly ledger: Ledger;
  /** Changes in the log since the last snapshot. */
  readonly changesSinceSnapshot: number;
  readonly held: Held;
}

/**
 * The catalog: who gets which stock, and when that may be told. Free of I/O:
 * events in, effects out; several steps may be taken before a drain, and what
 * they decide goes out together (etcd raft's Ready is the model).
 *
 * A change is released when it is durable and in no usable cache in an older
 * version. Nothing that a change made is told to anyone before.
 */
export class Catalog {
  private readonly ledger: Ledger;
  private readonly turn: Turn;
  private readonly queries: Queries;
  private readonly sessions: Sessions;
  private readonly frontEnds: FrontEnds;
  private readonly checkpoints: Checkpoints;
  private durable: Version;
  /** Never falls; <= durable. */
  private released: Version = beforeFirst;
  private changesSinceSnapshot: number;
  private lastTickMs: number;
  private nextRestockMs: number;
  /** Products that stood at zero when the last restock began, and are still to be looked at. */
  private toRestock: Product[] = [];
  private life: "running" | "stopping" | "stopped" = "running";

  constructor(
    nowMs: number,
    start: Start,
    private readonly settings: Settings,
  ) {
    this.ledger = start.ledger;
    this.turn = new Turn(this.ledger);
    this.sessions = new Sessions(this.ledger, this.turn);
    this.frontEnds = new FrontEnds(nowMs + times.leaseMs, this.turn);
    this.queries = new Queries(this.ledger, this.turn, (product) => this.frontEnds.onAsked(product));
    const intervalMs = settings.checkpointIntervalMs;
    this.checkpoints = new Checkpoints(nowMs, start.held, intervalMs, this.ledger, this.turn);
    this.durable = this.ledger.version;
    this.changesSinceSnapshot = start.changesSinceSnapshot;
    this.lastTickMs = nowMs;
    this.nextRestockMs = nowMs + settings.restockIntervalMs;
  }

  /** A copy of everything that the catalog knows. */
  image(): Image {
    return this.ledger.image();
  }

  step(nowMs: number, event: Event): void {
    switch (event.type) {
      case "tick":
        return this.tick(nowMs);
      case "queries":
        return this.queries.ask(event.caller, event.queries, this.released);
      case "session-open":
        return this.openSession(nowMs, event);
      case "session-work":
        return this.sessions.work(nowMs, event.session, event.work);
      case "session-gone":
        return this.sessions.gone(event.session);
      case "front-opened":
        return this.frontEnds.open(event.front, event.address);
      case "front-acknowledged":
        return this.frontEnds.acknowledge(nowMs, event.front, event.sequence);
      case "front-gone":
        return this.frontEnds.gone(nowMs, event.front);
      case "durable":
        this.durable = event.version;
        return;
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
    const log = this.takeLog();
    this.frontEnds.changed(this.ledger.takeChanged());
    this.frontEnds.send(nowMs, this.ledger.version);
    this.release(nowMs);
    this.queries.send(this.released);
    this.sessions.send(nowMs, this.durable, this.released);
    this.finish();
    return log.concat(this.turn.takeEffects());
  }

  private tick(nowMs: number): void {
    const heldUp = nowMs - this.lastTickMs > times.tickLateMs;
    this.lastTickMs = nowMs;
    this.sessions.tick(nowMs, heldUp);
    this.frontEnds.tick(nowMs);
    if (this.life === "running") this.restock(nowMs);
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

  /** Every product that stands at zero; so many at a time, lest a large sold-out catalog stand still. */
  private restock(nowMs: number): void {
    if (nowMs >= this.nextRestockMs) {
      this.nextRestockMs = nowMs + this.settings.restockIntervalMs;
      this.toRestock = this.ledger.soldOutProducts();
    }
    if (this.toRestock.length === 0) return;
    let products = 0;
    for (const product of this.toRestock.splice(-limits.restocksPerTickMax)) {
      const quantity = Math.min(this.settings.restockQuantity, roomFor(product));
      if (product.onHand > 0 || quantity === 0) continue;
      this.turn.record({ type: "restock", product: product.name, quantity });
      products += 1;
    }
    if (products > 0) this.turn.notice("info", "restocked", { products, quantity: this.settings.restockQuantity });
  }

  private takeLog(): Effect[] {
    const changes = this.turn.takeChanges();
    if (changes.length === 0) return [];
    this.changesSinceSnapshot += changes.length;
    const append: Effect = { type: "append", changes };
    const portrait = this.isSnapshotDue() ? this.ledger.portrait() : undefined;
    if (portrait === undefined) return [append];
    this.changesSinceSnapshot = 0;
    return [append, { type: "snapshot", portrait }];
  }

  /** A snapshot has a line for each product and reservation: it is worth it once the log has grown by as many. */
  private isSnapshotDue(): boolean {
    const lines = this.ledger.productCount + this.ledger.reservationCount;
    return this.changesSinceSnapshot >= Math.max(limits.changesPerSnapshot, lines);
  }

  private release(nowMs: number): void {
    const visible = this.ledger.visibleVersion;
    const releasable = this.frontEnds.releasable(nowMs, visible);
    const released = Math.min(this.durable, releasable) as Version;
    if (released > this.released) this.released = released;
  }

  /** Says once, when stopping, that all is done. A catalog.csv that cannot be written is rebuilt at the next start. */
  private finish(): void {
    if (this.life !== "stopping" || this.durable < this.ledger.version) return;
    if (!this.checkpoints.isDone && this.checkpoints.failuresInARow === 0) return;
    this.life = "stopped";
    this.turn.emit({ type: "stopped" });
  }
}
