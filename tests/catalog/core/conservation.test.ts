import { expect, test } from "bun:test";
import fc from "fast-check";
import { Ledger } from "../../../services/catalog/core/ledger.ts";
import type { Event, FrontId, SessionId, Work } from "../../../services/catalog/core/types.ts";
import { Desk } from "./desk.ts";

const stock = { Tux: 4, Whale: 0, Lego: 50 };
const key = fc.integer({ min: 0, max: 12 }).map((number) => `c:${number}`);
const product = fc.constantFrom("Tux", "Whale", "Lego", "Nothing");
const quantity = fc.integer({ min: -1, max: 9 });
const session = fc.integer({ min: 1, max: 4 }).map((id) => id as SessionId);
const front = fc.integer({ min: 1, max: 3 }).map((id) => id as FrontId);

/** Whatever a leader, a deposed leader and front-ends may say, in any order. */
const step = fc.oneof(
  fc.record({ do: fc.constant("open"), session }),
  fc.record({
    do: fc.constant("work"),
    session,
    settles: fc.array(fc.record({ key, product, quantity: fc.integer({ min: 1, max: 9 }) }), { maxLength: 2 }),
    returns: fc.array(key, { maxLength: 2 }),
    reserves: fc.array(fc.record({ key, product, quantity }), { maxLength: 3 }),
  }),
  fc.record({ do: fc.constant("front"), front, act: fc.constantFrom("open", "acknowledge", "gone") }),
  fc.record({ do: fc.constant("wait"), ms: fc.integer({ min: 0, max: 3_000 }) }),
  fc.record({ do: fc.constant("restart") }),
);
type Step = (typeof step)["generate"] extends (...args: never[]) => { value: infer Value } ? Value : never;

/** Runs the steps; returns the desk and what the answers promised. */
function run(steps: readonly Step[]): { desk: Desk; starts: Desk[] } {
  let desk = new Desk(stock);
  const starts = [desk];
  let opened = 0;
  for (const each of steps) {
    if (each.do === "open" && "session" in each) desk.open(each.session, 1, ++opened);
    if ("settles" in each) desk.take(workOf(desk, each));
    if ("front" in each) desk.take(frontEvent(each.front, each.act));
    if ("ms" in each) desk.wait(each.ms);
    if (each.do === "restart") {
      desk = new Desk(stock, true, desk.catalog.image());
      starts.push(desk);
    }
  }
  return { desk, starts };
}

function workOf(desk: Desk, each: Extract<Step, { settles: unknown }>): Event {
  const first = desk.catalog.image().settledBelow;
  const work: Work = {
    settles: each.settles.map((settle, at) => ({ number: first + at, ...settle })),
    returns: each.returns,
    reserves: each.reserves.map((reserve, ticket) => ({ ticket, ...reserve })),
  };
  return { type: "session-work", session: each.session, work };
}

function frontEvent(id: FrontId, act: string): Event {
  if (act === "open") return { type: "front-opened", front: id, address: `front:${id}` };
  if (act === "gone") return { type: "front-gone", front: id };
  return { type: "front-acknowledged", front: id, sequence: 1 };
}

test("stock is conserved, never below zero, and what is reserved is what reservations say", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const image = run(steps).desk.catalog.image();
      for (const { name, initial, restocked, adjusted, onHand, reserved, sold } of image.products) {
        expect(initial + restocked + adjusted).toBe(onHand + reserved + sold);
        expect(onHand).toBeGreaterThanOrEqual(0);
        const held = image.reservations.filter((each) => each.product === name);
        expect(reserved).toBe(held.reduce((sum, each) => sum + each.quantity, 0));
      }
    }),
    { numRuns: 300 },
  );
});

test("replaying the log gives the same state, from any start", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      for (const { startImage, log, catalog } of run(steps).starts) {
        const ledger = new Ledger(startImage);
        for (const change of log) ledger.apply(change);
        expect(ledger.image()).toEqual(catalog.image());
      }
    }),
    { numRuns: 200 },
  );
});

test("sold is the sum of the settled orders", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { starts, desk } = run(steps);
      const settles = starts.flatMap(({ log }) => log).filter((change) => change.type === "settle");
      for (const { name, sold } of desk.catalog.image().products) {
        const orders = settles.filter((settle) => settle.product === name);
        expect(sold).toBe(orders.reduce((sum, order) => sum + order.quantity, 0));
      }
    }),
    { numRuns: 200 },
  );
});
