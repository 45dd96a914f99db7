import type { Ledger } from "../../../services/catalog/core/ledger.ts";
import type {
  Change,
  Fence,
  Image,
  Key,
  Notice,
  Position,
  QueryReply,
  SessionId,
  Settle,
} from "../../../services/catalog/core/types.ts";
import type { WorldLog } from "../kernel/world-log.ts";
import type { SessionUp } from "./catalog-side.ts";
import type { FrontNode } from "./front-node.ts";

/** What the checks see of the catalog. Versions count through, from one start to the next. */
export interface CatalogObserver {
  onStart(image: Image): void;
  onChanges(changes: readonly Change[]): void;
  onDurable(position: Position): void;
  /** A read could see this from now on. */
  onStock(product: string, version: number, onHand: number): void;
  /** The catalog has set stock aside for this key, as of that version. */
  onReserved(key: Key, version: number): void;
  onLease(front: FrontNode, untilMs: number): void;
}

/** More than any run of a catalog counts. */
const versionsPerStart = 1e9;

/** Looks at a catalog's stock after each of its steps, and at whom it gives it to. */
export class StockWatch {
  /** As their leaders asked for them. */
  private readonly fences = new Map<SessionId, Fence>();
  /** The order that each session has to settle next. */
  private readonly due = new Map<SessionId, number>();
  /** Of the session that was opened last. */
  private newest: Fence = { term: 0, session: 0 };
  private base = 0;
  private seen = 0;
  private ledger: Ledger | undefined;

  constructor(
    private readonly observer: CatalogObserver,
    private readonly log: WorldLog,
  ) {}

  /** Nobody edits catalog.csv here, or brings back an older one: every order that is settled was reserved. */
  onNotice(name: string, { message, details }: Notice): void {
    const told = `${message} ${JSON.stringify(details)}`;
    if (message === "settled-without-reservation") this.log.fail("what is sold was reserved", told);
    if (this.log.tells) this.log.tell(name, told);
  }

  onStart(ledger: Ledger): void {
    this.ledger = ledger;
    this.base += versionsPerStart;
    this.seen = 0;
    this.look();
  }

  onMessage(session: SessionId, message: SessionUp): void {
    if (message.type === "open") this.fences.set(session, { term: message.term, session: message.session });
    else this.onSettles(session, message.work.settles);
  }

  onOpened(session: SessionId, settledBelow: number): void {
    this.due.set(session, settledBelow);
    const fence = this.fences.get(session) ?? { term: 0, session: 0 };
    const { term, session: number } = this.newest;
    const isNewer = fence.term > term || (fence.term === term && fence.session > number);
    const told = `${JSON.stringify(fence)} was opened after ${JSON.stringify(this.newest)}`;
    if (!isNewer) this.log.fail("a session is newer than all before", told);
    this.newest = fence;
  }

  look(reservations: readonly { readonly key: Key; readonly version: number }[] = []): void {
    for (const { key, version } of reservations) this.observer.onReserved(key, this.base + version);
    const { ledger } = this;
    if (ledger === undefined || ledger.version === this.seen) return;
    for (const { name, version, onHand } of ledger.allProducts()) {
      if (version > this.seen) this.observer.onStock(name, this.base + version, onHand);
    }
    this.seen = ledger.version;
  }

  numbered(replies: readonly QueryReply[]): readonly QueryReply[] {
    return replies.map((reply) => ({ ...reply, version: (this.base + reply.version) as QueryReply["version"] }));
  }

  private onSettles(session: SessionId, settles: readonly Settle[]): void {
    for (const { number } of settles) {
      const due = this.due.get(session);
      const told = `order ${number} is settled where ${due} is next`;
      if (number !== due) this.log.fail("a session settles each order once, in order", told);
      this.due.set(session, number + 1);
    }
  }
}
