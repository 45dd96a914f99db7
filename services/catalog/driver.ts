import { unreachable } from "../lib/assert.ts";
import type { Clock } from "../lib/clock.ts";
import type { Logger } from "../lib/logger.ts";
import type { CatalogPort, FrontStream, QueryCaller, SessionCaller } from "./core/callers.ts";
import type { Catalog } from "./core/catalog.ts";
import { times } from "./core/limits.ts";
import type {
  CallerId,
  Effect,
  Event,
  Fence,
  FrontId,
  Notice,
  Portrait,
  Position,
  Query,
  Refusal,
  SessionId,
  Sheet,
  Work,
} from "./core/types.ts";
import type { Store } from "./storage/store.ts";

/** The part of the store that a running catalog needs. */
type Files = Pick<Store, "append" | "sync" | "snapshot" | "publishCheckpoint" | "close">;

/**
 * Brings events to the catalog and performs its effects. Whatever arrives in one
 * turn of the event loop is decided together: one group in the log, one message
 * to each front-end, one to each caller.
 */
export class Driver implements CatalogPort {
  private readonly callers = new Map<CallerId, QueryCaller>();
  private readonly sessions = new Map<SessionId, SessionCaller>();
  private readonly fronts = new Map<FrontId, FrontStream>();
  private lastId = 0;
  private isDrainDue = false;
  private life: "running" | "stopping" | "stopped" = "running";
  private readonly timer: NodeJS.Timeout;
  private readonly stopping: Promise<void>;
  private resolveStopped: () => void = () => undefined;

  constructor(
    private readonly catalog: Catalog,
    private readonly files: Files,
    private readonly clock: Clock,
    private readonly logger: Logger,
    /** The catalog contradicts itself: the process must end before it tells anyone. */
    private readonly broken: (error: unknown) => void,
  ) {
    this.stopping = new Promise((resolve) => {
      this.resolveStopped = resolve;
    });
    this.timer = setInterval(() => this.take({ type: "tick" }), times.tickMs);
  }

  get isOpen(): boolean {
    return this.life === "running";
  }

  /** The log is synced up to this change. */
  durable(position: Position): void {
    this.take({ type: "durable", position });
  }

  /** Brings catalog.csv up to date, ends every stream and resolves when all is synced and closed. */
  async stop(): Promise<void> {
    if (this.life === "running") {
      this.life = "stopping";
      this.take({ type: "stop" });
    }
    await this.stopping;
  }

  addQueryCaller(caller: QueryCaller): CallerId {
    const id = this.nextId() as CallerId;
    this.callers.set(id, caller);
    return id;
  }

  removeQueryCaller(caller: CallerId): void {
    if (this.callers.delete(caller)) this.take({ type: "caller-gone", caller });
  }

  query(caller: CallerId, queries: readonly Query[]): void {
    this.take({ type: "queries", caller, queries });
  }

  openSession(caller: SessionCaller, storeId: string, fence: Fence): SessionId {
    const session = this.nextId() as SessionId;
    this.sessions.set(session, caller);
    this.take({ type: "session-open", session, storeId, fence });
    return session;
  }

  work(session: SessionId, work: Work): void {
    if (this.sessions.has(session)) this.take({ type: "session-work", session, work });
  }

  closeSession(session: SessionId): void {
    if (this.sessions.delete(session)) this.take({ type: "session-gone", session });
  }

  openFront(stream: FrontStream, address: string): FrontId {
    const front = this.nextId() as FrontId;
    this.fronts.set(front, stream);
    this.take({ type: "front-opened", front, address });
    return front;
  }

  acknowledge(front: FrontId, sequence: number): void {
    if (this.fronts.has(front)) this.take({ type: "front-acknowledged", front, sequence });
  }

  closeFront(front: FrontId): void {
    if (this.fronts.delete(front)) this.take({ type: "front-gone", front });
  }

  private nextId(): number {
    this.lastId += 1;
    return this.lastId;
  }

  private take(event: Event): void {
    if (this.life === "stopped") return;
    this.orBreak(() => this.catalog.step(this.clock.now(), event));
    if (this.isDrainDue) return;
    this.isDrainDue = true;
    setImmediate(this.drain);
  }

  private readonly drain = (): void => {
    this.isDrainDue = false;
    if (this.life === "stopped") return;
    this.orBreak(() => {
      for (const effect of this.catalog.drain(this.clock.now())) this.perform(effect);
    });
  };

  /** An adapter that calls would take the error for one of its own call, and go on. */
  private orBreak(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.end();
      this.resolveStopped();
      this.broken(error);
    }
  }

  private perform(effect: Effect): void {
    switch (effect.type) {
      case "append":
        return this.files.append(effect.changes);
      case "sync":
        return this.files.sync();
      case "snapshot":
        return this.snapshot(effect.portrait);
      case "query-replies":
        if (this.callers.get(effect.caller)?.replies(effect.replies) === false) this.dropCaller(effect.caller, overrun);
        return;
      case "caller-refused":
        return this.dropCaller(effect.caller, effect.refusal);
      case "session-opened":
        if (this.sessions.get(effect.session)?.opened(effect.opened) === false) this.dropSession(effect.session);
        return;
      case "session-replies":
        if (this.sessions.get(effect.session)?.replies(effect.replies) === false) this.dropSession(effect.session);
        return;
      case "session-refused":
        this.sessions.get(effect.session)?.refused(effect.refusal);
        this.sessions.delete(effect.session);
        return;
      case "invalidate":
        if (this.fronts.get(effect.front)?.send(effect.message) === false) this.dropFront(effect.front);
        return;
      case "front-close":
        this.fronts.get(effect.front)?.close();
        this.fronts.delete(effect.front);
        return;
      case "publish-checkpoint":
        return this.publishCheckpoint(effect.number, effect.sheet);
      case "stopped":
        return this.finish();
      case "notice":
        return this.notice(effect);
      default:
        return unreachable(effect);
    }
  }

  private dropCaller(caller: CallerId, refusal: Refusal): void {
    this.callers.get(caller)?.refused(refusal);
    this.removeQueryCaller(caller);
  }

  private dropSession(session: SessionId): void {
    this.sessions.get(session)?.refused(overrun);
    this.closeSession(session);
  }

  private dropFront(front: FrontId): void {
    this.fronts.get(front)?.close();
    this.closeFront(front);
  }

  private snapshot(portrait: Portrait): void {
    // If it fails the log before it stays, and the next snapshot makes up for this one.
    const failed = (error: unknown): void => this.logger.error({ reason: messageOf(error) }, "snapshot-failed");
    void this.files
      .snapshot(portrait)
      .catch(failed)
      .then(() => this.take({ type: "snapshot-ended" }));
  }

  private publishCheckpoint(number: number, sheet: Sheet): void {
    this.files.publishCheckpoint(number, sheet).then(
      ({ editKeptAs }) => this.published(editKeptAs),
      (error: unknown) => this.take({ type: "checkpoint-failed", message: messageOf(error) }),
    );
  }

  private published(editKeptAs: string | undefined): void {
    if (editKeptAs !== undefined) this.logger.warn({ keptAs: editKeptAs }, "catalog-edited-while-running");
    this.take({ type: "checkpoint-published" });
  }

  private finish(): void {
    this.end();
    for (const caller of this.callers.values()) caller.refused(stops);
    for (const front of this.fronts.values()) front.close();
    this.callers.clear();
    this.fronts.clear();
    void this.files.close().then(this.resolveStopped);
  }

  private end(): void {
    this.life = "stopped";
    clearInterval(this.timer);
  }

  private notice(notice: Notice): void {
    this.logger[notice.level](notice.details, notice.message);
  }
}

const overrun: Refusal = { code: "overloaded", message: "answers were not taken in time" };
const stops: Refusal = { code: "stopping", message: "the catalog stops" };

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
