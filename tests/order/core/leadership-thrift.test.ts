import { describe, expect, test } from "bun:test";
import { Leadership } from "../../../services/order/core/leadership.ts";
import type { Shared } from "../../../services/order/core/shared.ts";
import type { ReplicaId } from "../../../services/order/core/types.ts";
import { entry, replica } from "./names.ts";
import { propagateReply, sentOf, sharedOf } from "./parts.ts";

const two = replica(2);
const three = replica(3);

/** A leader of a log of one entry, which has sent the one that opens its term; what followers answer is up to the test. */
class Leading {
  readonly shared: Shared = sharedOf({ entries: [entry(1, 1)], limits: { batchEntriesMax: 2 } });
  readonly leadership = new Leadership(this.shared);
  private orders = 0;

  constructor() {
    this.leadership.flush();
    this.shared.outbox.take();
  }

  /** Appends an order, or not; who is sent entries then, and how many. */
  flush(appends = true): Record<number, number> {
    if (appends) this.leadership.append({ product: "Tux", quantity: 1, key: `c:${this.orders++}` });
    this.leadership.flush();
    const batches = sentOf(this.shared, "propagate").filter(({ message }) => message.entries.length > 0);
    return Object.fromEntries(batches.map(({ to, message }) => [to, message.entries.length]));
  }

  tick(): Record<number, number> {
    this.shared.now += this.shared.limits.tickMs;
    this.leadership.onTick();
    return this.flush(false);
  }

  /** The follower has synced everything. */
  answer(from: ReplicaId, more: Parameters<typeof propagateReply>[1] = {}): void {
    this.leadership.onReply(from, propagateReply(this.shared.log.last.index, more));
  }

  /** Both have answered, replica 2 first. */
  static withPartner(): Leading {
    const leading = new Leading();
    leading.answer(two);
    leading.answer(three);
    return leading;
  }
}

describe("a thrifty leader", () => {
  test("sends what is new to the follower that answered first, and to the other with the tick", () => {
    const leading = Leading.withPartner();
    expect(leading.flush()).toEqual({ 2: 1 });
    leading.answer(two);
    expect(leading.flush()).toEqual({ 2: 1 });
    expect(leading.tick()).toEqual({ 3: 2 });
    expect(leading.tick()).toEqual({});
  });

  test("keeps its partner, whatever the other answers first", () => {
    const leading = Leading.withPartner();
    for (let round = 0; round < 20; round++) {
      expect(leading.flush()).toEqual({ 2: 1 });
      leading.shared.now += leading.shared.limits.partnerPatienceMs - 1;
      leading.leadership.onTick();
      expect(leading.flush(false)).toEqual({ 3: 1 });
      leading.answer(three);
      leading.answer(two);
    }
  });

  test("sends to all at once until a follower has answered it", () => {
    const leading = new Leading();
    leading.leadership.onLost(two);
    leading.leadership.onLost(three);
    expect(leading.flush()).toEqual({ 2: 2, 3: 2 });
    leading.answer(three);
    expect(leading.flush()).toEqual({ 3: 1 });
  });
});

describe("a partner loses its place, and the other is sent everything at once,", () => {
  const causes: Record<string, (leading: Leading) => void> = {
    "when its stream is lost": ({ leadership }) => leadership.onLost(two),
    "when it has lost its data": ({ leadership }) => leadership.onJoining(two),
    "when it says that it is no voter": (leading) => leading.answer(two, { voter: false }),
    "when it lacks more than a batch": ({ leadership }) => {
      for (const key of ["c:a", "c:b"]) leadership.append({ product: "Tux", quantity: 1, key });
      leadership.onReply(two, propagateReply(0, { gap: true, sequence: 9 }));
    },
    "when it leaves a batch unanswered, heartbeats or not": ({ leadership, shared }) => {
      shared.now += shared.limits.partnerPatienceMs / 2;
      leadership.confirm(() => undefined);
      leadership.flush();
      shared.outbox.take();
      shared.now += shared.limits.partnerPatienceMs / 2;
    },
  };

  for (const [cause, happens] of Object.entries(causes)) {
    test(cause, () => {
      const leading = Leading.withPartner();
      expect(leading.flush()).toEqual({ 2: 1 });
      happens(leading);
      expect(leading.flush()).toMatchObject({ 3: 2 });
      leading.answer(three);
      leading.answer(two);
      expect(leading.flush()).toEqual({ 3: 1 });
    });
  }
});
