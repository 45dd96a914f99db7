import type { Ledger } from "./ledger.ts";
import { limits, times } from "./limits.ts";
import type { Turn } from "./turn.ts";
import type {
  Fence,
  Notice,
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
  readonly fenceVersion: Version;
  opened: boolean;
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

  constructor(
    private readonly ledger: Ledger,
    private readonly turn: Turn,
  ) {}

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
    this.refuse({ code: "fenced", message: fencedBy(fence) });
    const fenceVersion = this.turn.record({ type: "fence", storeId, ...fence });
    this.current = { id, fence, fenceVersion, opened: false, heardMs: nowMs, sentMs: nowMs, replies: [] };
  }

  /** Applies settles, returns and reserves, in this order; nothing of a session that is not the current one. */
  work(nowMs: number, id: SessionId, work: Work): void {
    const session = this.current;
    if (session?.id !== id) return;
    session.heardMs = nowMs;
    if (!session.opened && work.settles.length + work.returns.length + work.reserves.length > 0) {
      this.refuse({ code: "invalid", message: "work was sent before the session was open" });
      return;
    }
    for (const settle of work.settles) if (!this.settle(settle)) return;
    for (const key of work.returns) {
      if (this.ledger.reservation(key) !== undefined) this.turn.record({ type: "return", key });
    }
    for (const reserve of work.reserves) if (!this.reserve(session, reserve)) return;
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
  send(nowMs: number, durable: Version, released: Version): void {
    const session = this.current;
    if (session === undefined) return;
    if (!session.opened) {
      if (durable >= session.fenceVersion) this.sendOpened(nowMs, session);
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
    return isHigher ? undefined : { code: "fenced", message: fencedBy(this.ledger.fence) };
  }

  private sendOpened(nowMs: number, session: Session): void {
    const opened = { unsettled: this.ledger.unsettled(), settledBelow: this.ledger.settledBelow };
    this.turn.emit({ type: "session-opened", session: session.id, opened });
    const details = { ...session.fence, unsettled: opened.unsettled.length, settledBelow: opened.settledBelow };
    this.turn.notice("info", "session-opened", details);
    session.opened = true;
    session.sentMs = nowMs;
  }

  /** False: the session was ended. */
  private settle(settle: Settle): boolean {
    if (settle.number < this.ledger.settledBelow) return true;
    if (settle.number > this.ledger.settledBelow) {
      const message = `order ${settle.number} was settled where ${this.ledger.settledBelow} is next`;
      this.refuse({ code: "invalid", message });
      return false;
    }
    const settleCase = this.ledger.caseOf(settle);
    if (settleCase !== "reserved") this.alarm(settleCase, settle);
    this.turn.record({ type: "settle", ...settle });
    return true;
  }

  private alarm(settleCase: string, settle: Settle): void {
    const onHand = this.ledger.product(settle.product)?.onHand;
    this.turn.notice("error", "settled-without-reservation", { case: settleCase, ...settle, onHandBefore: onHand });
  }

  /** False: the session was ended. */
  private reserve(session: Session, reserve: Reserve): boolean {
    const { ticket, key, product: name, quantity } = reserve;
    if (this.waiting.isFull || this.ledger.reservationCount >= limits.reservationsMax) {
      this.refuse({ code: "overloaded", message: "too many reservations wait" });
      return false;
    }
    const held = this.ledger.reservation(key);
    if (held !== undefined) {
      if (held.product === name && held.quantity === quantity) return this.answer(held.version, ticket, 1);
      this.refuse({ code: "invalid", message: `key ${key} has a reservation of another product or quantity` });
      return false;
    }
    const code = this.codeOf(name, quantity);
    if (code === 1) {
      return this.answer(this.turn.record({ type: "reserve", key, product: name, quantity }), ticket, code);
    }
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

function wrongStore(own: string, other: string): string {
  return (
    `this catalog belongs to store ${own}, the leader's log to store ${other}: ` +
    "start both on the files of one store, or the catalog on a new CATALOG_FILE"
  );
}
