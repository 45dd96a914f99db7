import { assert } from "../../lib/assert.ts";
import { Forwarding } from "./forwarding.ts";
import type { Leader } from "./leader.ts";
import { type Check, Lookups } from "./lookups.ts";
import { type Buy, deadlineOf } from "./purchases.ts";
import type { Shared } from "./shared.ts";
import type { Call, CallerId, OrderNumber, ReplyCode } from "./types.ts";

interface Early {
  readonly caller: CallerId;
  readonly call: Buy;
  readonly deadlineMs: number;
}

/** Takes calls in: answers what any replica may, hands the rest to the leader, here or elsewhere. */
export class Desk {
  readonly lookups: Lookups;
  readonly forwarding: Forwarding;
  /** Purchases that came before the term was open: until then keys may still be undecided. */
  private early: Early[] = [];

  constructor(private readonly shared: Shared) {
    this.lookups = new Lookups(shared);
    this.forwarding = new Forwarding(shared);
  }

  onCall(caller: CallerId, call: Call, leader: Leader | undefined): void {
    if (call.type === "buy") this.onBuy({ caller, call, deadlineMs: deadlineOf(this.shared, call) }, leader);
    else this.onCheck(caller, call, leader);
  }

  onTermOpened(leader: Leader): void {
    const early = this.early;
    this.early = [];
    for (const one of early) this.onBuy(one, leader);
    this.lookups.onTermOpened();
  }

  onTick(): void {
    this.forwarding.onTick();
    if (this.early.length === 0) return;
    const { now } = this.shared;
    for (const { caller, call, deadlineMs } of this.early) if (now >= deadlineMs) this.answerLate(caller, call);
    this.early = this.early.filter(({ deadlineMs }) => now < deadlineMs);
  }

  onLeadershipLost(): void {
    const early = this.early;
    this.early = [];
    for (const { caller, call } of early) this.answer(caller, call, "not-leader");
    this.lookups.abandon();
  }

  private onBuy(buy: Early, leader: Leader | undefined): void {
    const { caller, call } = buy;
    const { log, limits } = this.shared;
    const known = log.findKey(call.key);
    if (known !== undefined && known < log.committedOrders) {
      this.answerOrdered(caller, call, known);
    } else if (leader === undefined) {
      this.passOn(caller, call);
    } else if (!leader.attempts.admit(call.origin)) {
      this.answer(caller, call, "not-leader");
    } else if (call.quantity < 1) {
      this.answer(caller, call, "invalid-quantity");
    } else if (leader.isOpen) {
      leader.purchases.add(caller, call, buy.deadlineMs);
    } else if (this.early.length >= limits.purchasesMax) {
      this.answer(caller, call, "not-executed");
    } else {
      this.early.push(buy);
    }
  }

  private onCheck(caller: CallerId, call: Check, leader: Leader | undefined): void {
    const number = this.lookups.committedNumber(call);
    if (number !== undefined) this.lookups.answerFrom(caller, call, number);
    else if (leader !== undefined) this.lookups.decide(caller, call, leader.leadership, leader.purchases);
    else this.passOn(caller, call);
  }

  /** P4: a key that has been ordered gets its order, if the body is the same. */
  private answerOrdered(caller: CallerId, call: Buy, number: OrderNumber): void {
    const isRead = this.lookups.read(number, (order) => {
      assert(order.key === call.key, "an order that was found by its key has that key");
      const same = order.product === call.product && order.quantity === call.quantity;
      if (same) this.shared.outbox.reply(caller, { id: call.id, call: "buy", code: "ok", order });
      else this.answer(caller, call, "key-reused");
    });
    // It was executed, if it is the same: anything else would be a lie.
    if (!isRead) this.answer(caller, call, "unknown-outcome");
  }

  /** A key that is in the log already may have been ordered by an earlier call. */
  private answerLate(caller: CallerId, call: Buy): void {
    this.answer(caller, call, this.shared.log.findKey(call.key) === undefined ? "not-executed" : "unknown-outcome");
  }

  private passOn(caller: CallerId, call: Call): void {
    const leader = this.shared.liveLeader;
    if (leader === undefined || call.forwarded) this.answer(caller, call, "not-leader");
    else this.forwarding.forward(leader, caller, call);
  }

  private answer(caller: CallerId, call: Call, code: ReplyCode): void {
    const kind = call.type === "buy" ? "buy" : "check";
    this.shared.outbox.reply(caller, { id: call.id, call: kind, code, order: undefined });
  }
}
