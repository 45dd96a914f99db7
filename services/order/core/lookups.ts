import { assert } from "../../lib/assert.ts";
import type { Leadership } from "./leadership.ts";
import type { Purchases } from "./purchases.ts";
import type { Shared } from "./shared.ts";
import type { Call, CallerId, FoundOrder, Order, OrderGroup, OrderNumber, ReplyCode } from "./types.ts";

export type Check = Exclude<Call, { type: "buy" }>;

/** Takes a committed order, and the committed ones that were read with it, itself among them. */
type Reader = (order: Order, group: readonly Order[]) => void;

/** A reader who waits for the disk. */
interface Waiting {
  readonly number: OrderNumber;
  /** Orders below this were committed when they were asked for: they cannot have changed since. */
  readonly committed: number;
  readonly reader: Reader;
}

/** A look-up whose order is not here: under way, or a majority has to confirm that it is nowhere. */
interface Question {
  readonly caller: CallerId;
  readonly call: Check;
}

/** Answers look-ups from the committed log; what is not in it, only after a confirmation. */
export class Lookups {
  private readonly readers = new Map<number, Waiting>();
  /** Not-founds that wait for this leader's term to open. */
  private early: (() => void)[] = [];
  private open = new Set<Question>();

  constructor(private readonly shared: Shared) {}

  /** The number of the order if it is committed here. */
  committedNumber(call: Check): OrderNumber | undefined {
    const { log } = this.shared;
    const number = call.type === "check-number" ? (call.number as OrderNumber) : log.findKey(call.key);
    if (number === undefined || number < 0 || number >= log.committedOrders) return undefined;
    return number;
  }

  /** Gives the order, at once if it is in memory, else when it has been read; false: too many wait for the disk. */
  read(number: OrderNumber, reader: Reader): boolean {
    const { log, outbox, limits } = this.shared;
    const { committedOrders: committed } = log;
    assert(number < committed, "only a committed order is read");
    const order = log.orderInTail(number);
    if (order !== undefined) {
      reader(order, [order]);
      return true;
    }
    if (this.readers.size >= limits.lookupsMax) return false;
    this.readers.set(outbox.readOrder(number), { number, committed, reader });
    return true;
  }

  onRead({ token, orders }: OrderGroup): void {
    const waiting = this.readers.get(token);
    this.readers.delete(token);
    if (waiting !== undefined) give(waiting, orders);
  }

  answerFrom(caller: CallerId, call: Check, number: OrderNumber): void {
    const recent = call.type === "check-number" ? this.shared.log.recentGroup(number) : undefined;
    if (recent !== undefined) {
      this.found(caller, call, oneOf(recent, number), recent);
      return;
    }
    const isRead = this.read(number, (order, group) => {
      assert(call.type === "check-number" || order.key === call.key, "an order that was found by its key has that key");
      this.found(caller, call, order, group);
    });
    if (!isRead) this.answer(caller, call, "not-executed");
  }

  /** At the leader: found, under way, or (once a majority has confirmed) not found. */
  decide(caller: CallerId, call: Check, leadership: Leadership, purchases: Purchases): void {
    const number = this.committedNumber(call);
    if (number !== undefined) {
      this.answerFrom(caller, call, number);
    } else if (this.open.size >= this.shared.limits.lookupsMax) {
      this.answer(caller, call, "not-executed");
    } else if (call.type === "check-key" && purchases.isUnderWay(call.key)) {
      const ended = this.question(caller, call, () => this.decide(caller, call, leadership, purchases));
      purchases.whenEnded(call.key, ended);
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
    const { open } = this;
    this.open = new Set();
    this.early = [];
    for (const { caller, call } of open) this.answer(caller, call, "not-leader");
  }

  private confirmNotFound(caller: CallerId, call: Check, leadership: Leadership): void {
    const confirmed = this.question(caller, call, () => this.conclude(caller, call));
    const confirm = (): void => leadership.confirm(confirmed);
    if (leadership.isOpen) confirm();
    else this.early.push(confirm);
  }

  /** Keeps a question open until the returned function is called, which then goes on. */
  private question(caller: CallerId, call: Check, goOn: () => void): () => void {
    const question: Question = { caller, call };
    this.open.add(question);
    return () => {
      if (this.open.delete(question)) goOn();
    };
  }

  private conclude(caller: CallerId, call: Check): void {
    const number = this.committedNumber(call);
    if (number === undefined) this.answer(caller, call, "not-found");
    else this.answerFrom(caller, call, number);
  }

  private found(caller: CallerId, { id }: Check, order: FoundOrder, group: readonly FoundOrder[]): void {
    this.shared.outbox.reply(caller, { id, call: "check", code: "ok", order, group });
  }

  private answer(caller: CallerId, call: Check, code: Exclude<ReplyCode, "ok">): void {
    this.shared.outbox.reply(caller, { id: call.id, call: "check", code, order: undefined });
  }
}

function give({ number, committed, reader }: Waiting, orders: readonly Order[]): void {
  const group = orders.filter((order) => order.number < committed);
  reader(oneOf(group, number), group);
}

function oneOf<One extends FoundOrder>(group: readonly One[], number: OrderNumber): One {
  const first = group[0]?.number ?? Infinity;
  const order = group[number - first];
  assert(order !== undefined, "an order that is asked for is in its group");
  // Only one number travels: the others follow from their places.
  assert(
    group.every((one, nth) => one.number === first + nth),
    "the orders of a group are consecutive",
  );
  return order;
}
