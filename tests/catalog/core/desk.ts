import { Catalog } from "../../../services/catalog/core/catalog.ts";
import { foundingImage } from "../../../services/catalog/core/founding.ts";
import { Ledger } from "../../../services/catalog/core/ledger.ts";
import type {
  CallerId,
  Change,
  Effect,
  Event,
  FrontId,
  Image,
  Invalidation,
  Opened,
  QueryReply,
  Refusal,
  Reservation,
  ReserveReply,
  SessionId,
  Version,
  Work,
} from "../../../services/catalog/core/types.ts";

const settings = { checkpointIntervalMs: 1_000, restockIntervalMs: 10_000, restockQuantity: 100 };

const caller = 900 as CallerId;

/**
 * A catalog with a clock in the test's hand. It is 0 ms at the start; the leases
 * from before the start are over once `afterGhost` was called. What a sync was asked
 * for becomes durable when the test says so, or at once with `syncs`.
 */
export class Desk {
  nowMs = 0;
  readonly catalog: Catalog;
  /** Everything ever appended. */
  readonly log: Change[] = [];
  readonly startImage: Image;
  effects: Effect[] = [];
  /** So many of them are synced, and up to so many a sync was asked for. */
  private durable = 0;
  private wanted = 0;
  /** The sessions that say something at each tick. */
  private readonly talking = new Set<SessionId>();
  private readonly sent = new Map<FrontId, number>();

  constructor(
    stock: Readonly<Record<string, number>> = { Tux: 100, Whale: 5 },
    private readonly syncs = true,
    image?: Image,
  ) {
    const rows = Object.entries(stock).map(([name, quantity]) => ({ name, priceCents: 1_599, quantity }));
    this.startImage = image ?? foundingImage(rows);
    const start = { ledger: new Ledger(this.startImage), changesSinceSnapshot: 0, held: "last" as const };
    this.catalog = new Catalog(this.nowMs, start, settings);
  }

  /** Takes the events in one turn, and what follows from a sync in another. */
  take(...events: Event[]): this {
    for (const event of events) this.catalog.step(this.nowMs, event);
    this.effects = this.drain();
    if (this.syncs) this.sync();
    return this;
  }

  /** Lets everything become durable that a sync was asked for. */
  sync(): this {
    while (this.durable < this.wanted) {
      this.durable = this.wanted;
      const position = this.log[this.durable - 1]?.position;
      if (position === undefined) throw new Error("a sync of what was not appended");
      this.catalog.step(this.nowMs, { type: "durable", position });
      this.effects.push(...this.drain());
    }
    return this;
  }

  /** The catalog that starts on what is left after the power failed. */
  restarted(): Desk {
    const ledger = new Ledger(this.startImage);
    for (const change of this.log.slice(0, this.durable)) ledger.apply(change);
    return new Desk({}, this.syncs, ledger.image());
  }

  /** Time passes, with a tick each 10 ms. */
  wait(ms: number): this {
    this.effects = [];
    for (const end = this.nowMs + ms; this.nowMs < end; ) {
      this.nowMs = Math.min(end, this.nowMs + 10);
      const work = { settles: [], returns: [], reserves: [] };
      for (const session of this.talking) this.catalog.step(this.nowMs, { type: "session-work", session, work });
      this.catalog.step(this.nowMs, { type: "tick" });
      this.effects.push(...this.drain());
      if (this.syncs) this.sync();
    }
    return this;
  }

  /** The leader stops to say anything by itself. */
  silence(session: number): this {
    this.talking.delete(session as SessionId);
    return this;
  }

  /** Time passes until no lease from before the start runs. */
  afterGhost(): this {
    return this.wait(500);
  }

  /** A session that is open and has nothing to replay. */
  open(session: number, term = 1, count = session, storeId = "store"): this {
    const { effects } = this.openUnreplayed(session, term, count, storeId).sync();
    this.replay(session);
    this.effects = [...effects, ...this.effects];
    return this;
  }

  /** A session whose leader has still to replay its log. It is open when its fence is synced. */
  openUnreplayed(session: number, term = 1, count = session, storeId = "store"): this {
    this.talking.add(session as SessionId);
    return this.take({
      type: "session-open",
      session: session as SessionId,
      storeId,
      fence: { term, session: count },
    });
  }

  /** The end of a replay, with what comes in its last message. */
  replay(session: number, last: Partial<Work> = {}): this {
    return this.work(session, { ...last, replayed: true });
  }

  work(session: number, work: Partial<Work>): this {
    const all = { settles: [], returns: [], reserves: [], ...work };
    return this.take({ type: "session-work", session: session as SessionId, work: all });
  }

  reserve(session: number, key: string, product: string, quantity: number, ticket = 1): this {
    return this.work(session, { reserves: [{ ticket, key, product, quantity }] });
  }

  settle(session: number, number: number, key: string, product: string, quantity: number): this {
    return this.work(session, { settles: [{ number, key, product, quantity }] });
  }

  /** An order is reserved and committed. The effects are those of its settle. */
  sell(session: number, number: number, product: string, quantity: number): this {
    const key = `c:${number}`;
    return this.reserve(session, key, product, quantity).settle(session, number, key, product, quantity);
  }

  query(product: string, id = 1): this {
    return this.take({ type: "queries", caller, queries: [{ id, product }] });
  }

  dial(front: number, address = "front:1"): this {
    return this.take({ type: "front-opened", front: front as FrontId, address });
  }

  /** Without a sequence: of the last message sent to it. */
  acknowledge(front: number, sequence = this.sent.get(front as FrontId) ?? 0): this {
    return this.take({ type: "front-acknowledged", front: front as FrontId, sequence });
  }

  /** A front-end that has a lease, granted now. */
  lease(front: number, address = "front:1"): this {
    return this.dial(front, address).acknowledge(front).acknowledge(front);
  }

  // ------------------------------------------------------------- what the last turn led to

  of<Type extends Effect["type"]>(type: Type): Extract<Effect, { type: Type }>[] {
    return this.effects.filter((effect): effect is Extract<Effect, { type: Type }> => effect.type === type);
  }

  /** The last message of this turn to a front-end. */
  message(front: number): Invalidation | undefined {
    return this.of("invalidate").findLast((effect) => effect.front === front)?.message;
  }

  get replies(): ReserveReply[] {
    return this.of("session-replies").flatMap((effect) => effect.replies);
  }

  get answers(): QueryReply[] {
    return this.of("query-replies").flatMap((effect) => effect.replies);
  }

  get opened(): Opened | undefined {
    return this.of("session-opened").at(-1)?.opened;
  }

  refusal(session: number): Refusal | undefined {
    return this.of("session-refused").find((effect) => effect.session === session)?.refusal;
  }

  notices(message: string): readonly Readonly<Record<string, unknown>>[] {
    return this.of("notice")
      .filter((notice) => notice.message === message)
      .map((notice) => notice.details);
  }

  /** What is set aside, oldest first. */
  get reserved(): readonly Reservation[] {
    return this.catalog.reservations();
  }

  /** Appended and not synced. */
  get unsynced(): readonly Change[] {
    return this.log.slice(this.durable);
  }

  /** Of the last change that a read can show. */
  get version(): Version {
    return Math.max(...this.catalog.image().products.map(({ version }) => version)) as Version;
  }

  product(name: string) {
    const product = this.catalog.image().products.find((each) => each.name === name);
    if (product === undefined) throw new Error(`no product ${name}`);
    return product;
  }

  private drain(): Effect[] {
    const effects = this.catalog.drain(this.nowMs);
    for (const effect of effects) {
      if (effect.type === "append") this.log.push(...effect.changes);
      if (effect.type === "sync") this.wanted = this.log.length;
      if (effect.type === "invalidate") this.sent.set(effect.front, effect.message.sequence);
    }
    return effects;
  }
}
