import { describe, expect, test } from "bun:test";
import type { SessionId } from "../../../services/catalog/core/types.ts";
import { Desk } from "./desk.ts";

function openDesk(stock?: Record<string, number>): Desk {
  return new Desk(stock).afterGhost().open(1);
}

describe("codes", () => {
  test("stock that is there is reserved: 1", () => {
    const desk = openDesk().reserve(1, "c:1", "Tux", 30, 7);
    expect(desk.replies).toEqual([{ ticket: 7, code: 1 }]);
    expect(desk.product("Tux")).toMatchObject({ onHand: 70, reserved: 30, sold: 0 });
  });

  test("not enough for the quantity is out of stock: -1, and changes nothing", () => {
    const desk = openDesk({ Tux: 5 }).reserve(1, "c:1", "Tux", 6);
    expect(desk.replies).toEqual([{ ticket: 1, code: -1 }]);
    expect(desk.product("Tux")).toMatchObject({ onHand: 5, reserved: 0 });
  });

  test("a quantity above 2^31-1 is out of stock", () => {
    expect(openDesk().reserve(1, "c:1", "Tux", 2 ** 40).replies).toEqual([{ ticket: 1, code: -1 }]);
  });

  test("a quantity not above zero is -2", () => {
    expect(openDesk().reserve(1, "c:1", "Tux", 0).replies).toEqual([{ ticket: 1, code: -2 }]);
    expect(openDesk().reserve(1, "c:1", "Tux", -4).replies).toEqual([{ ticket: 1, code: -2 }]);
  });

  test("an unknown product is -3", () => {
    expect(openDesk().reserve(1, "c:1", "Nothing", 1).replies).toEqual([{ ticket: 1, code: -3 }]);
  });

  test("a repeated reserve gets the same answer and takes nothing twice", () => {
    const desk = openDesk().reserve(1, "c:1", "Tux", 2).reserve(1, "c:1", "Tux", 2, 9);
    expect(desk.replies).toEqual([{ ticket: 9, code: 1 }]);
    expect(desk.product("Tux").reserved).toBe(2);
  });

  test("a key that has a reservation of something else ends the session", () => {
    const desk = openDesk().reserve(1, "c:1", "Tux", 2).reserve(1, "c:1", "Tux", 3);
    expect(desk.refusal(1)?.code).toBe("invalid");
    expect(desk.product("Tux").reserved).toBe(2);
  });
});

describe("settle and return", () => {
  test("a settled order is sold, and its key is forgotten", () => {
    const desk = openDesk().reserve(1, "c:1", "Tux", 2);
    desk.work(1, { settles: [{ number: 0, key: "c:1", product: "Tux", quantity: 2 }] });
    expect(desk.product("Tux")).toMatchObject({ onHand: 98, reserved: 0, sold: 2 });
    expect(desk.catalog.image()).toMatchObject({ settledBelow: 1, reservations: [] });
  });

  test("a returned reservation is on hand again", () => {
    const desk = openDesk()
      .reserve(1, "c:1", "Tux", 2)
      .work(1, { returns: ["c:1"] });
    expect(desk.product("Tux")).toMatchObject({ onHand: 100, reserved: 0 });
  });

  test("the return of an unknown key has no effect", () => {
    const desk = openDesk();
    const before = desk.log.length;
    desk.work(1, { returns: ["c:none"] });
    expect(desk.log.length).toBe(before);
    expect(desk.refusal(1)).toBeUndefined();
  });

  test("settles of a request are applied before its returns, and these before its reserves", () => {
    const desk = openDesk({ Whale: 5 }).reserve(1, "c:1", "Whale", 2).reserve(1, "c:2", "Whale", 3);
    desk.work(1, {
      settles: [{ number: 0, key: "c:1", product: "Whale", quantity: 2 }],
      returns: ["c:2"],
      reserves: [{ ticket: 1, key: "c:3", product: "Whale", quantity: 3 }],
    });
    expect(desk.replies).toEqual([{ ticket: 1, code: 1 }]);
    expect(desk.product("Whale")).toMatchObject({ onHand: 0, reserved: 3, sold: 2 });
  });

  test("an order below the settled number is ignored", () => {
    const settle = { number: 0, key: "c:1", product: "Tux", quantity: 2 };
    const desk = openDesk()
      .work(1, { settles: [settle] })
      .work(1, { settles: [settle] });
    expect(desk.product("Tux").sold).toBe(2);
    expect(desk.refusal(1)).toBeUndefined();
  });

  test("a gap in the settles ends the session with an error", () => {
    const desk = openDesk().work(1, { settles: [{ number: 1, key: "c:1", product: "Tux", quantity: 2 }] });
    expect(desk.refusal(1)).toMatchObject({ code: "invalid", message: expect.stringContaining("0 is next") });
    expect(desk.of("notice").some(({ level }) => level === "error")).toBe(true);
    expect(desk.product("Tux").sold).toBe(0);
  });

  test("an order without a reservation is booked as sold, with an alarm", () => {
    const desk = openDesk().work(1, { settles: [{ number: 0, key: "c:1", product: "Tux", quantity: 2 }] });
    expect(desk.product("Tux")).toMatchObject({ onHand: 98, sold: 2, adjusted: 0 });
    expect(desk.notices("settled-without-reservation")).toMatchObject([{ case: "unreserved", number: 0 }]);
  });

  test("an order without a reservation never brings stock below zero", () => {
    const desk = openDesk({ Whale: 5 });
    desk.work(1, { settles: [{ number: 0, key: "c:1", product: "Whale", quantity: 7 }] });
    expect(desk.product("Whale")).toMatchObject({ onHand: 0, sold: 7, adjusted: 2 });
  });

  test("an order that contradicts its reservation wins, with an alarm", () => {
    const desk = openDesk().reserve(1, "c:1", "Tux", 2);
    desk.work(1, { settles: [{ number: 0, key: "c:1", product: "Whale", quantity: 1 }] });
    expect(desk.product("Tux")).toMatchObject({ onHand: 100, reserved: 0, sold: 0 });
    expect(desk.product("Whale")).toMatchObject({ onHand: 4, sold: 1 });
    expect(desk.notices("settled-without-reservation")).toMatchObject([{ case: "contradicted" }]);
  });

  test("an order of a product that the catalog does not have is counted as settled, with an alarm", () => {
    const desk = openDesk().work(1, { settles: [{ number: 0, key: "c:1", product: "Nothing", quantity: 1 }] });
    expect(desk.catalog.image().settledBelow).toBe(1);
    expect(desk.notices("settled-without-reservation")).toMatchObject([{ case: "unknown-product" }]);
  });
});

describe("fence", () => {
  test("a session is open only when its fence is durable", () => {
    const desk = new Desk(undefined, false).open(1);
    expect(desk.opened).toBeUndefined();
    expect(desk.sync().opened).toEqual({ unsettled: [], settledBelow: 0 });
  });

  test("a session starts with what is unsettled, oldest first", () => {
    const desk = openDesk().reserve(1, "c:2", "Tux", 1).reserve(1, "c:1", "Whale", 2).open(2);
    expect(desk.opened?.unsettled.map(({ key }) => key)).toEqual(["c:2", "c:1"]);
  });

  test("the first leader's store id is adopted, another's refused with what to do", () => {
    const desk = openDesk().open(2, 5, 1, "other");
    expect(desk.catalog.image().storeId).toBe("store");
    expect(desk.refusal(2)).toMatchObject({ code: "wrong-store", message: expect.stringContaining("CATALOG_FILE") });
    expect(desk.refusal(1)).toBeUndefined();
  });

  test("one who is refused again and again for the same reason is told of once", () => {
    const desk = openDesk().open(2, 5, 1, "other");
    expect(desk.notices("session-refused")).toHaveLength(1);
    expect(desk.open(3, 5, 2, "other").refusal(3)?.code).toBe("wrong-store");
    expect(desk.notices("session-refused")).toEqual([]);
    expect(desk.open(4, 5, 3, "third").notices("session-refused")).toHaveLength(1);
    expect(desk.open(5, 5, 4).open(6, 5, 5, "third").notices("session-refused")).toHaveLength(1);
  });

  test("only a higher (term, session) is accepted", () => {
    const desk = new Desk().open(1, 3, 2);
    expect(desk.open(2, 3, 2).refusal(2)?.code).toBe("fenced");
    expect(desk.open(3, 2, 9).refusal(3)?.code).toBe("fenced");
    expect(desk.open(4, 3, 3).refusal(4)).toBeUndefined();
    expect(desk.open(5, 4, 1).refusal(5)).toBeUndefined();
  });

  test("a higher session ends the one before", () => {
    expect(openDesk().open(2).refusal(1)?.code).toBe("fenced");
  });

  test("what arrives late of an ended session is refused", () => {
    const desk = openDesk().open(2).reserve(1, "c:late", "Tux", 1);
    expect(desk.replies).toEqual([]);
    expect(desk.product("Tux").reserved).toBe(0);
    desk.work(1, { settles: [{ number: 0, key: "c:late", product: "Tux", quantity: 1 }] });
    expect(desk.catalog.image().settledBelow).toBe(0);
  });

  test("answers that an ended session waited for are not sent to the next", () => {
    const desk = new Desk(undefined, false).afterGhost().open(1).sync().reserve(1, "c:1", "Tux", 1).open(2).sync();
    expect(desk.replies).toEqual([]);
    expect(desk.opened?.unsettled.map(({ key }) => key)).toEqual(["c:1"]);
  });

  test("the fence outlives a restart", () => {
    const desk = new Desk(undefined, true, new Desk().open(1, 7, 3).catalog.image());
    expect(desk.open(1, 7, 3).refusal(1)?.code).toBe("fenced");
  });

  test("work before the session is open ends it", () => {
    const desk = new Desk(undefined, false).open(1).reserve(1, "c:1", "Tux", 1);
    expect(desk.refusal(1)?.code).toBe("invalid");
  });
});

describe("heartbeats", () => {
  test("an idle session hears from the catalog at least every 100 ms", () => {
    const desk = openDesk();
    for (let spell = 0; spell < 5; spell++) expect(desk.wait(100).of("session-replies").length).toBeGreaterThan(0);
  });

  test("a leader that is silent for more than 400 ms is taken for dead", () => {
    const desk = openDesk().silence(1).wait(400);
    expect(desk.refusal(1)).toBeUndefined();
    expect(desk.wait(20).refusal(1)?.code).toBe("silent");
  });

  test("a leader is not blamed for silence while the catalog itself was held up", () => {
    const desk = openDesk();
    desk.nowMs += 2_000;
    expect(desk.take({ type: "tick" }).refusal(1)).toBeUndefined();
  });

  test("a session that is gone leaves its reservations", () => {
    const desk = openDesk()
      .reserve(1, "c:1", "Tux", 1)
      .take({ type: "session-gone", session: 1 as SessionId });
    expect(desk.product("Tux").reserved).toBe(1);
    expect(desk.open(2).opened?.unsettled.length).toBe(1);
  });
});
