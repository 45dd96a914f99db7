import { Catalog } from "../../../services/catalog/core/catalog.ts";
import { Ledger } from "../../../services/catalog/core/ledger.ts";
import { type Settings, times } from "../../../services/catalog/core/limits.ts";
import type {
  CallerId,
  Effect,
  Event,
  FrontId,
  Image,
  Invalidation,
  Query,
  QueryReply,
  Row,
  SessionId,
} from "../../../services/catalog/core/types.ts";
import { unreachable } from "../../../services/lib/assert.ts";
import { CatalogDisk } from "../disk/catalog-disk.ts";
import type { End } from "../disk/rest.ts";
import { SimProcess } from "../kernel/sim-process.ts";
import { Stream, type StreamEnd } from "../network/stream.ts";
import type { SessionStream, SessionUp } from "./catalog-side.ts";
import { DiskWorker } from "./disk-worker.ts";
import type { FrontNode } from "./front-node.ts";
import { type CatalogObserver, StockWatch } from "./stock-watch.ts";
import { Calling, type Surroundings, Taking } from "./surroundings.ts";

export type QueriesStream = Stream<readonly Query[], readonly QueryReply[]>;
/** The catalog dials: messages go up to the front-end, acknowledgements come down. */
export type InvalidateStream = Stream<Invalidation, number>;

/** The catalog's core as the node uses it. */
export type CatalogCore = Pick<Catalog, "step" | "drain" | "image" | "reservations">;

const tick: Event = { type: "tick" };
const openLowMs = 1;
const openHighMs = 20;
const redialMs = 100;

/** The catalog: the shipping core, and around it what its driver and adapters do. */
export class CatalogNode extends SimProcess {
  fronts: readonly FrontNode[] = [];
  readonly worker: DiskWorker;
  readonly disk: CatalogDisk;
  private core: CatalogCore | undefined;
  private draining = false;
  private syncing = false;
  private syncWanted = false;
  private readonly watch: StockWatch;
  private readonly sessions = new Map<SessionId, SessionStream>();
  private readonly callers = new Map<CallerId, QueriesStream>();
  private readonly frontStreams = new Map<FrontId, { readonly front: FrontNode; readonly stream: InvalidateStream }>();
  private ids = 0;

  constructor(
    place: number,
    readonly surroundings: Surroundings,
    private readonly settings: Settings,
    rows: readonly Row[],
    private readonly observer: CatalogObserver,
    /** The process ends by itself: its disk failed, or it was told to stop and has. */
    private readonly onEnding: (node: CatalogNode, why: "disk" | "stopped") => void,
  ) {
    super(place, "catalog", surroundings.timeline);
    this.disk = new CatalogDisk(rows);
    this.watch = new StockWatch(observer, surroundings.log);
    this.worker = new DiskWorker(this, surroundings, () => onEnding(this, "disk"));
  }

  /** Ends the process; the disk keeps what it would. */
  end(how: End): void {
    if (this.core !== undefined) this.disk.end(how, this.surroundings.dice.disk);
    if (how === "kill") this.surroundings.network.closeAllOf(this);
    else this.isDark = true;
    this.stop();
  }

  /** Everything that the running catalog knows; undefined while it is down. */
  image(): Image | undefined {
    return this.core?.image();
  }

  protected boot(): void {
    this.worker.reset();
    const { dice } = this.surroundings;
    this.after(dice.disk.between(openLowMs, openHighMs), new Calling(() => this.open()));
  }

  protected halt(): void {
    this.core = undefined;
    this.draining = false;
    this.syncing = false;
    this.syncWanted = false;
    this.sessions.clear();
    this.callers.clear();
    this.frontStreams.clear();
  }

  private open(): void {
    const image = this.disk.open();
    const ledger = new Ledger(image);
    const wrong = this.disk.misreadBy(ledger);
    if (wrong !== undefined) this.surroundings.log.fail("a checkpoint never looks like an edit", wrong);
    const held = this.disk.holds === ledger.checkpoint ? "last" : "before";
    const start = { ledger, changesSinceSnapshot: 0, held } as const;
    this.core = this.surroundings.planted.catalogCore(this, new Catalog(this.localMs, start, this.settings));
    this.observer.onStart(image);
    this.watch.onStart(ledger);
    if (this.surroundings.log.tells) this.tell(`starts with change ${image.position}`);
    for (const front of this.fronts) this.dial(front);
    this.tick();
  }

  // ------------------------------------------------------------ turns

  take(event: Event): void {
    if (this.core === undefined) return;
    try {
      this.core.step(this.localMs, event);
      this.watch.look(event.type === "session-work" ? this.core.reservations() : []);
    } catch (error) {
      this.broken(error);
      return;
    }
    if (this.draining) return;
    this.draining = true;
    const { dice, machines } = this.surroundings;
    this.after(dice.turns.skewed(0.01, machines.turnHighMs), this.drainSoon);
  }

  private readonly drainSoon = new Calling(() => this.drain());

  private drain(): void {
    if (this.core === undefined) return;
    this.draining = false;
    try {
      for (const effect of this.core.drain(this.localMs)) {
        this.perform(effect);
        // One of them was its end.
        if (this.core === undefined) return;
      }
    } catch (error) {
      this.broken(error);
    }
  }

  private broken(error: unknown): void {
    this.surroundings.log.fail("an invariant of the code holds", `${this.name}: ${String(error)}`);
  }

  /** A turn of its own: nothing else has happened at this very moment. */
  private tick(): void {
    this.draining = true;
    this.take(tick);
    this.drain();
    this.after(times.tickMs, this.ticking);
  }

  private readonly ticking = new Calling(() => this.tick());

  // ------------------------------------------------------------ effects

  private perform(effect: Effect): void {
    switch (effect.type) {
      case "append":
        this.observer.onChanges(effect.changes);
        return this.disk.append(effect.changes);
      case "sync":
        this.syncWanted = true;
        return this.write();
      case "query-replies":
        return this.callers.get(effect.caller)?.sendDown(this.watch.numbered(effect.replies));
      case "session-opened":
        this.watch.onOpened(effect.session, effect.opened.settledBelow);
        return this.sessions.get(effect.session)?.sendDown({ type: "opened", opened: effect.opened });
      case "session-replies":
        return this.sessions.get(effect.session)?.sendDown({ type: "replies", replies: effect.replies });
      case "session-refused":
        // What is still on its way reaches the core: it is the core that has to refuse it.
        return this.sessions.get(effect.session)?.endFromAcceptor();
      case "caller-refused":
        return this.callers.get(effect.caller)?.closeFromAcceptor();
      case "invalidate":
        return this.invalidate(effect.front, effect.message);
      case "front-close":
        return this.closeFront(effect.front);
      case "publish-checkpoint":
        this.disk.beginPublishing(effect.number, effect.sheet);
        return this.checkpoint(() => {
          this.disk.endPublishing();
          this.admitEvent({ type: "checkpoint-published" });
        });
      case "snapshot":
        return;
      case "stopped":
        return this.onEnding(this, "stopped");
      case "notice":
        return this.watch.onNotice(this.name, effect);
      default:
        return unreachable(effect);
    }
  }

  private write(): void {
    if (this.syncing || !this.syncWanted) return;
    this.syncing = true;
    this.syncWanted = false;
    const position = this.disk.write();
    this.worker.sync("log", () => {
      this.disk.onSynced(position);
      this.observer.onDurable(position);
      this.syncing = false;
      this.admitEvent({ type: "durable", position });
      this.write();
    });
  }

  /** The catalog lives without catalog.csv, and tries again. */
  private checkpoint(done: () => void): void {
    this.worker.sync("files", done, () => this.admitEvent({ type: "checkpoint-failed", message: "no space" }));
  }

  private admitEvent(event: Event): void {
    this.admit(this.run, new Taking(this, event));
  }

  // ------------------------------------------------------------ streams

  acceptSession(stream: SessionStream): StreamEnd<SessionUp> | undefined {
    if (this.core === undefined) return undefined;
    const session = ++this.ids as SessionId;
    this.sessions.set(session, stream);
    return {
      onMessage: (message) => {
        this.watch.onMessage(session, message);
        if (message.type === "work") return this.take({ type: "session-work", session, work: message.work });
        const { storeId, term, session: number } = message;
        this.take({ type: "session-open", session, storeId, fence: { term, session: number } });
      },
      onClosed: () => {
        this.sessions.delete(session);
        this.take({ type: "session-gone", session });
      },
    };
  }

  acceptQueries(stream: QueriesStream): StreamEnd<readonly Query[]> | undefined {
    if (this.core === undefined) return undefined;
    const caller = ++this.ids as CallerId;
    this.callers.set(caller, stream);
    return {
      onMessage: (queries) => this.take({ type: "queries", caller, queries }),
      onClosed: () => {
        if (this.callers.delete(caller)) this.take({ type: "caller-gone", caller });
      },
    };
  }

  /** Opens an Invalidate stream, and another one when it has ended. */
  private dial(front: FrontNode): void {
    const id = ++this.ids as FrontId;
    const stream: InvalidateStream = new Stream(
      this.surroundings.network,
      this,
      front,
      {
        onMessage: (sequence: number) => this.take({ type: "front-acknowledged", front: id, sequence }),
        onClosed: () => {
          this.take({ type: "front-gone", front: id });
          this.redial(id);
        },
      },
      (accepted: InvalidateStream) => front.acceptInvalidations(accepted),
    );
    this.frontStreams.set(id, { front, stream });
    this.take({ type: "front-opened", front: id, address: front.name });
  }

  private redial(id: FrontId): void {
    const known = this.frontStreams.get(id);
    if (known === undefined) return;
    this.frontStreams.delete(id);
    this.after(redialMs, new Calling(() => this.dial(known.front)));
  }

  private invalidate(id: FrontId, message: Invalidation): void {
    const known = this.frontStreams.get(id);
    if (known === undefined) return;
    if (message.lease) this.observer.onLease(known.front, this.trueAfter(times.leaseMs));
    known.stream.sendUp(message);
  }

  private closeFront(id: FrontId): void {
    this.frontStreams.get(id)?.stream.closeFromOpener();
    this.redial(id);
  }

  tell(what: string): void {
    this.surroundings.log.tell(this.name, what);
  }
}
