import { expect, test } from "bun:test";
import fc from "fast-check";
import { Ledger } from "../../../services/catalog/core/ledger.ts";
import type { FrontId, Image, SessionId, Settle } from "../../../services/catalog/core/types.ts";
import { Desk } from "./desk.ts";

const stock = { Tux: 4, Whale: 0, Lego: 50 };
const key = fc.integer({ min: 0, max: 12 }).map((number) => `c:${number}`);
const product = fc.constantFrom("Tux", "Whale", "Lego", "Nothing");
const quantity = fc.integer({ min: -1, max: 9 });
const session = fc.integer({ min: 1, max: 4 }).map((id) => id as SessionId);
const front = fc.integer({ min: 1, max: 3 }).map((id) => id as FrontId);

/** Whatever a leader, a deposed leader and front-ends may say, in any order; and the power may fail. */
const step = fc.oneof(
  fc.record({ do: fc.constant("open"), session }),
  fc.record({
    do: fc.constant("work"),
    session,
    settles: fc.array(fc.record({ key, product, quantity: fc.integer({ min: 1, max: 9 }) }), { maxLength: 2 }),
    returns: fc.array(key, { maxLength: 2 }),
    reserves: fc.array(fc.record({ key, product, quantity }), { maxLength: 3 }),
    replayed: fc.boolean(),
  }),
  fc.record({ do: fc.constant("front"), front, act: fc.constantFrom("open", "acknowledge", "gone") }),
  fc.record({ do: fc.constant("wait"), ms: fc.integer({ min: 0, max: 3_000 }) }),
  fc.record({ do: fc.constant("sync") }),
  fc.record({ do: fc.constant("restart") }),
);
type Step = (typeof step)["generate"] extends (...args: never[]) => { value: infer Value } ? Value : never;

/** A desk that syncs at once, or only when a step says so; the orders are what the order log has, by number. */
class Run {
  desk: Desk;
  readonly starts: Desk[];
  readonly orders: Settle[] = [];
  private opened = 0;

  constructor(syncs: boolean, steps: readonly Step[]) {
    this.desk = new Desk(stock, syncs);
    this.starts = [this.desk];
    for (const each of steps) this.take(each);
  }

  private take(each: Step): void {
    if (each.do === "open" && "session" in each) this.desk.openUnreplayed(each.session, 1, ++this.opened);
    if ("settles" in each) this.work(each);
    if ("front" in each) this.meet(each.front, each.act);
    if ("ms" in each) this.desk.wait(each.ms);
    if (each.do === "sync") this.desk.sync();
    if (each.do === "restart") this.starts.push((this.desk = this.desk.restarted()));
  }

  /** What was settled before a power failure is settled again as it was. */
  private work(each: Extract<Step, { settles: unknown }>): void {
    const first = this.desk.catalog.image().settledBelow;
    const settles = each.settles.map((settle, at) => this.orders[first + at] ?? { number: first + at, ...settle });
    const reserves = each.reserves.map((reserve, ticket) => ({ ticket, ...reserve }));
    this.desk.work(each.session, { settles, returns: each.returns, reserves, replayed: each.replayed });
    const { settledBelow } = this.desk.catalog.image();
    for (const settle of settles) if (settle.number < settledBelow) this.orders[settle.number] = settle;
  }

  private meet(id: FrontId, act: string): void {
    if (act === "open") this.desk.dial(id, `front:${id}`);
    else if (act === "gone") this.desk.take({ type: "front-gone", front: id });
    else this.desk.acknowledge(id, 1);
  }
}

function everyRun(check: (run: Run) => void): void {
  const property = fc.property(fc.boolean(), fc.array(step, { maxLength: 60 }), (syncs, steps) => {
    check(new Run(syncs, steps));
  });
  fc.assert(property, { numRuns: 300 });
}

function sum(each: readonly { readonly product: string; readonly quantity: number }[], of: string): number {
  return each.reduce((total, one) => (one.product === of ? total + one.quantity : total), 0);
}

/** As a start finds it: nothing is set aside, and versions count anew. */
function atStart(image: Image): Image {
  return new Ledger(image).image();
}

test("stock is conserved, never below zero; set aside is what reservations say and what is not durable yet", () => {
  everyRun(({ desk }) => {
    const arriving = desk.unsynced.filter((change) => change.type === "restock");
    for (const { name, initial, restocked, adjusted, onHand, reserved, sold } of desk.catalog.image().products) {
      expect(initial + restocked + adjusted).toBe(onHand + reserved + sold);
      expect(onHand).toBeGreaterThanOrEqual(0);
      expect(reserved).toBe(sum(desk.reserved, name) + sum(arriving, name));
    }
  });
});

test("replaying the log gives the same state, but for what is set aside, from any start", () => {
  everyRun(({ starts }) => {
    for (const { startImage, log, catalog } of starts) {
      const ledger = new Ledger(startImage);
      for (const change of log) ledger.apply(change);
      expect(atStart(ledger.image())).toEqual(atStart(catalog.image()));
    }
  });
});

test("sold is the sum of the settled orders", () => {
  everyRun(({ desk, orders }) => {
    const { products, settledBelow } = desk.catalog.image();
    for (const { name, sold } of products) expect(sold).toBe(sum(orders.slice(0, settledBelow), name));
  });
});

test("a power failure and the replay after it change nothing that a leader's log tells", () => {
  const act = fc.constantFrom("reserve", "settle", "return", "lead", "fail");
  const acts = fc.array(fc.record({ act, product, quantity: fc.integer({ min: 1, max: 3 }) }), { maxLength: 60 });
  fc.assert(
    fc.property(acts, (steps) => {
      const told = new Honest();
      for (const each of steps) told[each.act](each.product, each.quantity);
      expect(told.desk.catalog.image().settledBelow).toBe(told.orders.length);
      for (const { name, initial, ...rest } of told.desk.catalog.image().products) {
        const [reserved, sold] = [sum(told.reserved, name), sum(told.orders, name)];
        expect(rest).toMatchObject({ reserved, sold, onHand: initial - reserved - sold, adjusted: 0 });
      }
      expect(told.alarms).toBe(0);
    }),
    { numRuns: 200 },
  );
});

/** Leaders that settle only what is reserved, and replay what their log holds. Nothing is synced but for them. */
class Honest {
  desk = new Desk(stock, false).afterGhost().open(1);
  readonly orders: Settle[] = [];
  reserved: { readonly key: string; readonly product: string; readonly quantity: number }[] = [];
  alarms = 0;
  private session = 1;
  private keys = 0;

  reserve(name: string, pieces: number): void {
    const wanted = { key: `c:${++this.keys}`, product: name, quantity: pieces };
    this.desk.reserve(this.session, wanted.key, name, pieces);
    if (this.desk.replies.at(-1)?.code === 1) this.reserved.push(wanted);
  }

  settle(): void {
    const [next, ...rest] = this.reserved;
    if (next === undefined) return;
    this.reserved = rest;
    this.orders.push({ number: this.orders.length, ...next });
    this.replayFrom(this.orders.length - 1);
  }

  return(): void {
    const returned = this.reserved.pop();
    if (returned !== undefined) this.desk.work(this.session, { returns: [returned.key] });
  }

  lead(): void {
    this.desk.openUnreplayed(++this.session).sync();
    this.replayFrom(this.desk.opened?.settledBelow ?? 0);
    const reserves = this.reserved.map((each, ticket) => ({ ticket, ...each }));
    this.desk.replay(this.session, { reserves });
  }

  fail(): void {
    this.desk = this.desk.restarted().afterGhost();
    this.lead();
  }

  private replayFrom(number: number): void {
    this.desk.work(this.session, { settles: this.orders.slice(number) });
    this.alarms += this.desk.notices("settled-without-reservation").length;
  }
}
