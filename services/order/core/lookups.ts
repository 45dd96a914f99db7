import type { Leadership } from "./leadership.ts";
import type { Purchases } from "./purchases.ts";
import type { Shared } from "./shared.ts";
import type { Call, CallerId, Order, OrderNumber, ReplyCode } from "./types.ts";

export type Check = Exclude<Call, { type: "buy" }>;

/** Someone who waits for a committed order to be read from the disk. */
type Reader = (order: Order) => void;

/** A look-up whose order is not here; a majority has to confirm that it is nowhere. */
interface Question {
  readonly caller: CallerId;
  readonly call: Check;
}

/** Answers look-ups from the committed log; what is not in it, only after a confirmation. */
export class Lookups {
  private readonly readers = new Map<number, Reader>();
  /** Not-founds that wait for this leader's term to open. */
  private early: (() => void)[] = [];
  private unconfirmed = new Set<Question>();

  constructor(private readonly shared: Shared) {}

  /** The number of the order if it is committed here. */
  committedNumber(call: Check): OrderNumber | undefined {
    const { log } = this.shared;
    const number = call.type === "check-number" ? (call.number as OrderNumber) : log.findKey(call.key);
    if (number === undefined || number < 0 || number >= log.committedOrders) return undefined;
    return number;
  }

  /** Gives the order, at once if it is in memory, else when it has been read. */
  read(number: OrderNumber, reader: Reader): void {
    const order = this.shared.log.orderInTail(number);
    if (order !== undefined) {
      reader(order);
      return;
    }
    const token = this.shared.outbox.nextToken();
    this.readers.set(token, reader);
    this.shared.outbox.emit({ type: "read-order", token, number });
  }

  onRead(token: number, order: Order): void {
    const reader = this.readers.get(token);
    this.readers.delete(token);
    reader?.(order);
  }

  answerFrom(caller: CallerId, call: Check, number: OrderNumber): void {
    this.read(number, (order) => this.answer(caller, call, "ok", order));
  }

  /** At the leader: found, under way, or (once a majority has confirmed) not found. */
  decide(caller: CallerId, call: Check, leadership: Leadership, purchases: Purchases): void {
    const number = this.committedNumber(call);
    if (number !== undefined) {
      this.answerFrom(caller, call, number);
    } else if (call.type === "check-key" && purchases.isUnderWay(call.key)) {
      purchases.whenEnded(call.key, () => this.decide(caller, call, leadership, purchases));
    } else if (this.unconfirmed.size >= this.shared.limits.lookupsMax) {
      this.answer(caller, call, "not-executed");
    } else {
      this.confirmNotFound(caller, call, leadership);
    }
  }

  onTermOpened(): void {
    const early = this.early;
    this.early = [];
    for (const go of early) go();
  }

  /** Leadership is lost: nobody will confirm what waits here. */
  abandon(): void {
    const unconfirmed = this.unconfirmed;
    this.unconfirmed = new Set();
    this.early = [];
    for (const { caller, call } of unconfirmed) this.answer(caller, call, "not-leader");
  }

  private confirmNotFound(caller: CallerId, call: Check, leadership: Leadership): void {
    const question: Question = { caller, call };
    this.unconfirmed.add(question);
    const confirmed = (): void => {
      if (this.unconfirmed.delete(question)) this.conclude(question);
    };
    const confirm = (): void => leadership.confirm(confirmed);
    if (leadership.isOpen) confirm();
    else this.early.push(confirm);
  }

  private conclude({ caller, call }: Question): void {
    const number = this.committedNumber(call);
    if (number === undefined) this.answer(caller, call, "not-found");
    else this.answerFrom(caller, call, number);
  }

  private answer(caller: CallerId, call: Check, code: ReplyCode, order?: Order): void {
    this.shared.outbox.reply(caller, { id: call.id, call: "check", code, order });
  }
}
