import { describe, expect, test } from "bun:test";
import { limits } from "../../../services/catalog/core/limits.ts";
import type { CallerId, Reserve, SessionId, Settle } from "../../../services/catalog/core/types.ts";
import { Desk } from "./desk.ts";

/** A catalog that a leader has used was started anew; the leases from before are over. */
function startedDesk(): Desk {
  return new Desk({ Tux: 100, Whale: 5 }).open(1).restarted().afterGhost();
}

function reserveOf(key: string, product: string, quantity: number): Reserve {
  return { ticket: 1, key, product, quantity };
}

/** As answered, by the id of the query. */
function quantities(desk: Desk): number[] {
  return desk.answers.toSorted((a, b) => a.id - b.id).map(({ quantity }) => quantity);
}

const gone = { type: "session-gone", session: 2 as SessionId } as const;
const orders: Settle[] = [
  { number: 0, key: "c:0", product: "Tux", quantity: 3 },
  { number: 1, key: "c:1", product: "Whale", quantity: 2 },
];

describe("after a start", () => {
  test("reads wait until a leader has replayed its log, and show what is left then", () => {
    const desk = startedDesk().query("Tux");
    expect(desk.answers).toEqual([]);
    expect(desk.openUnreplayed(2).answers).toEqual([]);
    expect(desk.work(2, { settles: orders }).query("Whale", 2).answers).toEqual([]);
    expect(quantities(desk.replay(2, { reserves: [reserveOf("c:2", "Tux", 10)] }))).toEqual([87, 3]);
    expect(desk.query("Tux").answers).toMatchObject([{ quantity: 87 }]);
  });

  test("a read of an unknown product waits for nothing, also behind one that does", () => {
    const queries = ["Tux", "Nothing"].map((product, id) => ({ id, product }));
    const desk = startedDesk().take({ type: "queries", caller: 1 as CallerId, queries });
    expect(desk.answers).toMatchObject([{ id: 1, priceCents: -1, quantity: -1 }]);
  });

  test("a catalog to which no leader has come yet has sold nothing: it is read at once", () => {
    expect(new Desk().restarted().afterGhost().query("Tux").answers).toMatchObject([{ quantity: 100 }]);
  });

  test("a new catalog does not know what the log of its first leader holds: from then on it waits, too", () => {
    const desk = new Desk().afterGhost().openUnreplayed(1).query("Tux");
    expect(desk.answers).toEqual([]);
    expect(desk.replay(1, { settles: orders }).answers).toMatchObject([{ quantity: 97 }]);
  });

  test("a replay that breaks off lets nobody read; the next one does", () => {
    const desk = startedDesk().openUnreplayed(2).work(2, { settles: orders }).take(gone);
    expect(desk.query("Tux").answers).toEqual([]);
    expect(desk.openUnreplayed(3).query("Whale", 2).answers).toEqual([]);
    expect(quantities(desk.replay(3))).toEqual([97, 3]);
  });

  test("once the stock is known it stays known, whoever leads", () => {
    const desk = startedDesk().open(2).take(gone);
    expect(desk.query("Tux").answers).toMatchObject([{ quantity: 100 }]);
    expect(desk.openUnreplayed(3).query("Tux").answers).toMatchObject([{ quantity: 100 }]);
  });

  test("a replay that ends early does not shorten the wait for leases from before the start", () => {
    const desk = new Desk().open(1).restarted().query("Tux").open(2);
    expect(desk.wait(490).answers).toEqual([]);
    expect(desk.wait(10).answers).toMatchObject([{ quantity: 100 }]);
  });

  test("who asked before the replay is told of what changes after it", () => {
    const desk = startedDesk().openUnreplayed(2).lease(1).query("Tux").replay(2);
    expect(desk.reserve(2, "c:0", "Tux", 1).message(1)?.products).toEqual(["Tux"]);
    expect(desk.replies).toEqual([]);
  });

  test("only so many reads wait for a replay; who asks more is refused, and the others are answered", () => {
    const queries = Array.from({ length: limits.waitingQueriesMax }, (_, id) => ({ id, product: "Tux" }));
    const desk = startedDesk().take({ type: "queries", caller: 1 as CallerId, queries });
    expect(desk.of("caller-refused")).toEqual([]);
    desk.take({ type: "queries", caller: 2 as CallerId, queries: [{ id: 1, product: "Tux" }] });
    expect(desk.of("caller-refused")).toMatchObject([{ caller: 2, refusal: { code: "overloaded" } }]);
    expect(desk.open(2).answers).toHaveLength(limits.waitingQueriesMax);
  });
});

describe("what a replay does not name", () => {
  test("goes back to stock when the replay ends, and what it names stays, taken once", () => {
    const desk = new Desk().afterGhost().open(1).reserve(1, "c:0", "Tux", 3).reserve(1, "c:1", "Tux", 4);
    expect(desk.openUnreplayed(2).product("Tux")).toMatchObject({ onHand: 93, reserved: 7 });
    desk.work(2, { reserves: [reserveOf("c:1", "Tux", 4)] });
    expect(desk.replies).toEqual([{ ticket: 1, code: 1 }]);
    expect(desk.product("Tux").reserved).toBe(7);
    expect(desk.replay(2).product("Tux")).toMatchObject({ onHand: 96, reserved: 4 });
    expect(desk.reserved).toMatchObject([{ key: "c:1", session: 2 }]);
  });

  test("is named by the session itself: an older session's name for it counts no more", () => {
    const desk = new Desk().open(1).reserve(1, "c:0", "Tux", 3);
    desk.openUnreplayed(2).replay(2, { reserves: [reserveOf("c:0", "Tux", 3)] });
    expect(desk.product("Tux").reserved).toBe(3);
    expect(desk.open(3).product("Tux")).toMatchObject({ onHand: 100, reserved: 0 });
  });

  test("is kept by a replay that breaks off", () => {
    const desk = new Desk().open(1).reserve(1, "c:0", "Tux", 3).openUnreplayed(2).take(gone);
    expect(desk.product("Tux").reserved).toBe(3);
  });

  test("is not what the replay settles: that is sold", () => {
    const desk = new Desk().open(1).reserve(1, "c:0", "Tux", 3).openUnreplayed(2);
    desk.replay(2, { settles: orders.slice(0, 1) });
    expect(desk.product("Tux")).toMatchObject({ onHand: 97, reserved: 0, sold: 3 });
  });

  test("stays if it was reserved after the replay, also when the leader says once more that it ended", () => {
    const desk = new Desk().open(1).reserve(1, "c:0", "Tux", 3).replay(1);
    expect(desk.product("Tux").reserved).toBe(3);
  });

  test("is read only when no cache hides that it is back", () => {
    const desk = new Desk().afterGhost().open(1).reserve(1, "c:0", "Tux", 3).lease(1).query("Tux").open(2);
    expect(desk.message(1)?.products).toEqual(["Tux"]);
    expect(desk.query("Tux").answers).toEqual([]);
    expect(desk.acknowledge(1).answers).toMatchObject([{ quantity: 100 }]);
  });

  test("is everything that was reserved before a restart", () => {
    const desk = new Desk().open(1).reserve(1, "c:0", "Tux", 3).reserve(1, "c:1", "Tux", 4).restarted();
    expect(desk.product("Tux")).toMatchObject({ onHand: 100, reserved: 0 });
    desk.openUnreplayed(2).replay(2, { reserves: [reserveOf("c:1", "Tux", 4)] });
    expect(desk.product("Tux")).toMatchObject({ onHand: 96, reserved: 4 });
  });
});

describe("orders without a reservation", () => {
  const alarm = "settled-without-reservation";
  const booked = "orders-booked-from-the-log";

  test.each([
    ["after a start", startedDesk],
    ["of a new catalog", () => new Desk()],
  ])("are booked by the first replay %s without an alarm, and counted at its end", (_, before) => {
    const desk = before().openUnreplayed(2).work(2, { settles: orders });
    expect([...desk.notices(alarm), ...desk.notices(booked)]).toEqual([]);
    desk.replay(2);
    expect(desk.of("notice")).toMatchObject([{ level: "warn", message: booked, details: { orders: 2, missing: 0 } }]);
    expect(desk.product("Tux")).toMatchObject({ onHand: 97, reserved: 0, sold: 3, adjusted: 0 });
    expect(desk.open(3).notices(booked)).toEqual([]);
  });

  test("are counted from the start on, also when a replay breaks off", () => {
    const desk = startedDesk()
      .openUnreplayed(2)
      .work(2, { settles: orders.slice(0, 1) })
      .take(gone);
    desk.openUnreplayed(3).replay(3, { settles: orders.slice(1) });
    expect(desk.notices(booked)).toMatchObject([{ orders: 2 }]);
  });

  test("are not spoken of when there are none", () => {
    expect(startedDesk().open(2).notices(booked)).toEqual([]);
  });

  test.each([
    ["in a catalog that was not started since", () => new Desk().open(1)],
    ["after the first replay", () => startedDesk().open(5)],
  ])("raise the alarm %s, also in a replay", (_, before) => {
    const desk = before().openUnreplayed(9).replay(9, { settles: orders });
    expect(desk.notices(alarm)).toMatchObject([{ case: "unreserved" }, { case: "unreserved" }]);
    expect(desk.notices(booked)).toEqual([]);
    expect(desk.product("Tux")).toMatchObject({ onHand: 97, sold: 3 });
  });

  test("make the end of the first replay an error if the stock did not suffice: the pieces are counted", () => {
    const desk = startedDesk().openUnreplayed(2);
    const settles = [4, 3, 1].map((quantity, number) => ({ number, key: `c:${number}`, product: "Whale", quantity }));
    desk.replay(2, { settles });
    expect(desk.of("notice")).toMatchObject([{ level: "error", message: booked, details: { orders: 3, missing: 3 } }]);
    expect(desk.product("Whale")).toMatchObject({ onHand: 0, sold: 8, adjusted: 3 });
  });

  test("raise the alarm if there is one that says something else, in the first replay, too", () => {
    const desk = startedDesk()
      .openUnreplayed(2)
      .reserve(2, "c:0", "Tux", 4)
      .replay(2, { settles: orders.slice(0, 1) });
    expect(desk.notices(alarm)).toMatchObject([{ case: "contradicted" }]);
    expect(desk.notices(booked)).toEqual([]);
    expect(desk.product("Tux")).toMatchObject({ onHand: 97, reserved: 0, sold: 3 });
  });

  test("raise the alarm if there is no such product, after a start, too", () => {
    const desk = startedDesk().openUnreplayed(2);
    desk.replay(2, { settles: [{ number: 0, key: "c:0", product: "Nothing", quantity: 1 }] });
    expect(desk.notices(alarm)).toMatchObject([{ case: "unknown-product" }]);
  });
});
