import type { Ledger } from "./ledger.ts";
import { limits, times } from "./limits.ts";
import type { Reservations, SettleCase } from "./reservations.ts";
import type { Turn } from "./turn.ts";
import type {
  Fence,
  Notice,
  Position,
  Refusal,
  Reserve,
  ReserveCode,
  ReserveReply,
  SessionId,
  Settle,
  Version,
  Work,
} from "./types.ts";
import { Waiting } from "./waiting.ts";

const levels = {
  "wrong-store": "warn",
  fenced: "info",
  invalid: "error",
  overloaded: "error",
  silent: "warn",
  stopping: "info",
} as const satisfies Record<Refusal["code"], Notice["level"]>;

interface Session {
  readonly id: SessionId;
  readonly fence: Fence;
  readonly fencedAt: Position;
  opened: boolean;
  /** It has told all that its log holds. */
  replayed: boolean;
  heardMs: number;
  sentMs: number;
  replies: ReserveReply[];
}

/** The leader's connection: at most one counts, the one with the highest (term, session) ever accepted. */
export class Sessions {
  private current: Session | undefined;
  /** Why the last one was not accepted: who is refused comes again ten times a second, and is told of once. */
  private refusedTold = "";
  /** Of the current session only. */
  private readonly waiting = new Waiting<ReserveReply>(limits.waitingReservesMax);
  private isKnown: boolean;
  /** What a replay brought without a reservation, while that was to be expected; and the pieces that were not there. */
  private booked = { orders: 0, missing: 0 };

  constructor(
    private readonly ledger: Ledger,
    private readonly reservations: Reservations,
    private readonly turn: Turn,
  ) {
    this.isKnown = ledger.storeId === undefined;
  }

  /**
   * What is on hand is known: no leader ever came, or one has told since the start
   * what its log holds. Orders that were acknowledged before a crash may be missing
   * in the catalog's own log; nobody may see their stock again.
   */
  get isStockKnown(): boolean {
    return this.isKnown;
  }

  open(nowMs: number, id: SessionId, storeId: string, fence: Fence): void {
    const refusal = this.refusalOf(storeId, fence);
    if (refusal !== undefined) {
      this.turn.emit({ type: "session-refused", session: id, refusal });
      if (refusal.message !== this.refusedTold) {
        this.turn.notice("warn", "session-refused", { ...fence, reason: refusal.message });
      }
      this.refusedTold = refusal.message;
      return;
    }
    this.refusedTold = "";
    // The leader of a store that the catalog is new to may have orders to tell of.
    if (this.ledger.storeId === undefined) this.isKnown = false;
    this.refuse({ code: "fenced", message: fencedBy(fence) });
    const fencedAt = this.turn.record({ type: "fence", storeId, ...fence });
    const unheard = { opened: false, replayed: false, heardMs: nowMs, sentMs: nowMs };
    this.current = { id, fence, fencedAt, ...unheard, replies: [] };
  }

  /** Applies settles, returns and reserves, in this order; nothing of a session that is not the current one. */
  work(nowMs: number, id: SessionId, work: Work, durable: Position): void {
    const session = this.current;
    if (session?.id !== id) return;
    session.heardMs = nowMs;
    if (this.ledger.position - durable > limits.unsyncedChangesMax) {
      this.refuse({ code: "overloaded", message: "the catalog's disk does not keep up" });
      return;
    }
    const { settles, returns, reserves, replayed } = work;
    if (!session.opened && (settles.length + returns.length + reserves.length > 0 || replayed === true)) {
      this.refuse({ code: "invalid", message: "work was sent before the session was open" });
      return;
    }
    if (!this.settle(settles)) return;
    for (const key of returns) this.reservations.giveBack(key);
    for (const reserve of reserves) if (!this.reserve(session, reserve)) return;
    if (replayed === true && !session.replayed) this.finishReplay(session);
  }

  gone(id: SessionId): void {
    if (this.current?.id !== id) return;
    this.turn.notice("info", "session-closed", { ...this.current.fence });
    this.forget();
  }

  /** Ends the current session, if there is one. */
  refuse(refusal: Refusal): void {
    if (this.current === undefined) return;
    this.turn.emit({ type: "session-refused", session: this.current.id, refusal });
    this.turn.notice(levels[refusal.code], "session-closed", { ...this.current.fence, reason: refusal.message });
    this.forget();
  }

  /** `blameless`: this process was held up, so that messages may lie unread. */
  tick(nowMs: number, blameless: boolean): void {
    const session = this.current;
    if (session === undefined) return;
    // It has nothing to say before it hears that the session is open.
    if (blameless || !session.opened) session.heardMs = nowMs;
    if (nowMs - session.heardMs <= times.sessionSilenceMs) return;
    this.refuse({ code: "silent", message: `nothing was heard for ${times.sessionSilenceMs} ms` });
  }

  /** Sends what may be sent now, at least a heartbeat in time. */
  send(nowMs: number, durable: Position, released: Version): void {
    const session = this.current;
    if (session === undefined) return;
    if (!session.opened) {
      if (durable >= session.fencedAt) this.sendOpened(nowMs, session);
      return;
    }
    for (const reply of this.waiting.release(released)) session.replies.push(reply);
    if (session.replies.length === 0 && nowMs - session.sentMs < times.sessionHeartbeatMs) return;
    this.turn.emit({ type: "session-replies", session: session.id, replies: session.replies });
    session.replies = [];
    session.sentMs = nowMs;
  }

  private refusalOf(storeId: string, fence: Fence): Refusal | undefined {
    const own = this.ledger.storeId;
    if (own !== undefined && own !== storeId) return { code: "wrong-store", message: wrongStore(own, storeId) };
    const { term, session } = this.ledger.fence;
    const isHigher = fence.term > term || (fence.term === term && fence.session > session);
    if (isHigher) return undefined;
    const message = fencedBy(this.ledger.fence);
    // A leader that was replaced meanwhile is not told more; one that goes on asking has older files than the catalog.
    return { code: "fenced", message: fence.term < term ? `${message}; ${olderLogs}` : message };
  }

  private sendOpened(nowMs: number, session: Session): void {
    const { settledBelow } = this.ledger;
    this.turn.emit({ type: "session-opened", session: session.id, opened: { settledBelow } });
    this.turn.notice("info", "session-opened", { ...session.fence, settledBelow });
    session.opened = true;
    session.sentMs = nowMs;
  }

  /** False: the session was ended. */
  private settle(settles: readonly Settle[]): boolean {
    const { settledBelow: first } = this.ledger;
    const news: Settle[] = [];
    for (const settle of settles) {
      const next = first + news.length;
      if (settle.number > next) {
        this.refuse({ code: "invalid", message: `order ${settle.number} was settled where ${next} is next` });
        return false;
      }
      if (settle.number === next) news.push(settle);
    }
    if (news.length === 0) return true;
    const sales = new Map<string, { product: string; quantity: number; adjusted: number }>();
    for (const settle of news) {
      const adjusted = this.missingOf(settle);
      if (adjusted === undefined) continue;
      const { product, quantity } = settle;
      const sale = sales.get(product);
      if (sale === undefined) sales.set(product, { product, quantity, adjusted });
      else {
        sale.quantity += quantity;
        sale.adjusted += adjusted;
      }
    }
    this.turn.record({ type: "settle", first, orders: news.length, sales: [...sales.values()] });
    return true;
  }

  /**
   * Sees to it that what the order takes is set aside; returns how many pieces are
   * not there. Undefined: there is no such product. The order log is the truth about
   * what was sold: stock follows it, whatever was reserved.
   */
  private missingOf(settle: Settle): number | undefined {
    const settleCase = this.reservations.settle(settle);
    if (settleCase === "reserved") return 0;
    const onHand = this.ledger.product(settle.product)?.onHand ?? 0;
    const taken = Math.min(onHand, settle.quantity);
    const missing = settle.quantity - taken;
    if (settleCase === "unreserved" && !this.isKnown) {
      this.booked = { orders: this.booked.orders + 1, missing: this.booked.missing + missing };
    } else this.alarm(settleCase, settle, onHand);
    if (settleCase === "unknown-product") return undefined;
    if (taken > 0) this.ledger.setAside(settle.product, taken);
    return missing;
  }

  private alarm(settleCase: SettleCase, settle: Settle, onHandBefore: number): void {
    this.turn.notice("error", "settled-without-reservation", { case: settleCase, ...settle, onHandBefore });
  }

  /** From here on the stock is what the leader's log and its purchases under way have left. */
  private finishReplay(session: Session): void {
    session.replayed = true;
    this.reservations.giveBackOthers(session.id);
    const level = this.booked.missing > 0 ? "error" : "warn";
    if (this.booked.orders > 0) this.turn.notice(level, "orders-booked-from-the-log", this.booked);
    this.booked = { orders: 0, missing: 0 };
    this.isKnown = true;
  }

  /** False: the session was ended. */
  private reserve(session: Session, reserve: Reserve): boolean {
    const { ticket, key, product: name, quantity } = reserve;
    const held = this.reservations.of(key);
    if (this.waiting.isFull || (held === undefined && this.reservations.size >= limits.reservationsMax)) {
      this.refuse({ code: "overloaded", message: "too many reservations wait" });
      return false;
    }
    if (held !== undefined) {
      if (held.product === name && held.quantity === quantity) {
        this.reservations.renew(held, session.id);
        return this.answer(held.version, ticket, 1);
      }
      this.refuse({ code: "invalid", message: `key ${key} has a reservation of another product or quantity` });
      return false;
    }
    const code = this.codeOf(name, quantity);
    if (code === 1) return this.answer(this.reservations.add(reserve, session.id), ticket, code);
    // Being out of stock is a state that the last change of the product made, and not to be told before it.
    if (code === -1) return this.answer(this.ledger.product(name)?.version ?? this.ledger.version, ticket, code);
    session.replies.push({ ticket, code });
    return true;
  }

  private codeOf(name: string, quantity: number): ReserveCode {
    if (quantity <= 0) return -2;
    const product = this.ledger.product(name);
    if (product === undefined) return -3;
    return quantity <= product.onHand ? 1 : -1;
  }

  private answer(version: Version, ticket: number, code: ReserveCode): true {
    this.waiting.push(version, { ticket, code });
    return true;
  }

  private forget(): void {
    this.current = undefined;
    this.waiting.clear();
  }
}

function fencedBy(fence: Fence): string {
  return `session ${fence.session} of term ${fence.term} was accepted`;
}

const olderLogs =
  "if there is no other leader, the order logs are older than this catalog: " +
  "put back newer ones, or the catalog's files of the same backup";

function wrongStore(own: string, other: string): string {
  return (
    `this catalog belongs to store ${own}, the leader's log to store ${other}: ` +
    "start both on the files of one store, or the catalog on a new CATALOG_FILE"
  );
}
