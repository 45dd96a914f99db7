import { describe, expect, test } from "bun:test";
import type { SessionId, Settle } from "../../../services/catalog/core/types.ts";
import { Desk } from "./desk.ts";

function openDesk(stock?: Record<string, number>): Desk {
  return new Desk(stock).afterGhost().open(1);
}

function orderOf(number: number, product: string, quantity: number): Settle {
  return { number, key: `c:${number}`, product, quantity };
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
    const desk = openDesk().reserve(1, "c:1", "Tux", 2).settle(1, 0, "c:1", "Tux", 2);
    expect(desk.product("Tux")).toMatchObject({ onHand: 98, reserved: 0, sold: 2 });
    expect(desk.catalog.image().settledBelow).toBe(1);
    expect(desk.reserved).toEqual([]);
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
    const settles = [orderOf(0, "Tux", 2), orderOf(1, "Tux", 3)];
    const desk = openDesk().sell(1, 0, "Tux", 2).work(1, { settles });
    expect(desk.product("Tux").sold).toBe(5);
    expect(desk.refusal(1)).toBeUndefined();
  });

  test("the orders of a message are one line in the log, with the sums for each product", () => {
    const orders = [orderOf(0, "Tux", 2), orderOf(1, "Whale", 1), orderOf(2, "Tux", 5), orderOf(3, "Nothing", 1)];
    const desk = openDesk().work(1, { reserves: orders.map((order, ticket) => ({ ticket, ...order })) });
    desk.work(1, { settles: orders });
    const sales = [
      { product: "Tux", quantity: 7, adjusted: 0 },
      { product: "Whale", quantity: 1, adjusted: 0 },
    ];
    expect(desk.of("append").flatMap(({ changes }) => changes)).toMatchObject([
      { type: "settle", first: 0, orders: 4, sales },
    ]);
    expect(desk.catalog.image().settledBelow).toBe(4);
    expect(desk.reserved).toEqual([]);
  });

  test.each([
    ["before", 0, [1, 2]],
    ["before, behind what is settled already", 1, [0, 2]],
    ["inside", 0, [0, 2]],
  ])("a gap %s the settles of a message ends the session with an error, and changes nothing", (_, sold, numbers) => {
    const desk = openDesk();
    for (let number = 0; number < sold; number++) desk.sell(1, number, "Tux", 1);
    desk.reserve(1, "c:kept", "Whale", 1);
    const before = { image: desk.catalog.image(), reserved: desk.reserved, changes: desk.log.length };
    desk.work(1, {
      settles: numbers.map((number) => orderOf(number, "Tux", 2)),
      returns: ["c:kept"],
      reserves: [{ ticket: 1, key: "c:new", product: "Tux", quantity: 1 }],
    });
    expect(desk.refusal(1)).toMatchObject({ code: "invalid", message: expect.stringContaining("is next") });
    expect(desk.of("notice").some(({ level }) => level === "error")).toBe(true);
    expect({ image: desk.catalog.image(), reserved: desk.reserved, changes: desk.log.length }).toEqual(before);
  });

  test("an order without a reservation is booked as sold, with an alarm", () => {
    const desk = openDesk().settle(1, 0, "c:1", "Tux", 2);
    expect(desk.product("Tux")).toMatchObject({ onHand: 98, sold: 2, adjusted: 0 });
    expect(desk.notices("settled-without-reservation")).toMatchObject([{ case: "unreserved", number: 0 }]);
  });

  test("an order without a reservation never brings stock below zero", () => {
    const desk = openDesk({ Whale: 5 }).settle(1, 0, "c:1", "Whale", 7);
    expect(desk.product("Whale")).toMatchObject({ onHand: 0, sold: 7, adjusted: 2 });
    const both = openDesk({ Whale: 5 }).work(1, { settles: [orderOf(0, "Whale", 6), orderOf(1, "Whale", 3)] });
    expect(both.product("Whale")).toMatchObject({ onHand: 0, sold: 9, adjusted: 4 });
  });

  test("an order that contradicts its reservation wins, with an alarm", () => {
    const desk = openDesk().reserve(1, "c:1", "Tux", 2).settle(1, 0, "c:1", "Whale", 1);
    expect(desk.product("Tux")).toMatchObject({ onHand: 100, reserved: 0, sold: 0 });
    expect(desk.product("Whale")).toMatchObject({ onHand: 4, sold: 1 });
    expect(desk.notices("settled-without-reservation")).toMatchObject([{ case: "contradicted" }]);
  });

  test("an order of a product that the catalog does not have is counted as settled, with an alarm", () => {
    const desk = openDesk().settle(1, 0, "c:1", "Nothing", 1);
    expect(desk.catalog.image().settledBelow).toBe(1);
    expect(desk.notices("settled-without-reservation")).toMatchObject([{ case: "unknown-product" }]);
  });
});

describe("fence", () => {
  test("a session is open only when its fence is durable", () => {
    const desk = new Desk(undefined, false).openUnreplayed(1);
    expect(desk.opened).toBeUndefined();
    expect(desk.sync().opened).toEqual({ settledBelow: 0 });
  });

  test("a session starts with the number from which on its leader has to settle", () => {
    expect(openDesk().sell(1, 0, "Tux", 1).sell(1, 1, "Tux", 1).open(2).opened).toEqual({ settledBelow: 2 });
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
    const again = desk.open(2, 3, 2).refusal(2);
    // Of an older term: what a leader hears, too, whose log was put back from an older backup.
    const older = desk.open(3, 2, 9).refusal(3);
    expect([again?.code, older?.code]).toEqual(["fenced", "fenced"]);
    expect(again?.message).not.toContain("put back");
    expect(older?.message).toContain("the order logs are older than this catalog: put back newer ones");
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
    desk.settle(1, 0, "c:late", "Tux", 1);
    expect(desk.catalog.image().settledBelow).toBe(0);
  });

  test("answers that an ended session waited for are not sent to the next", () => {
    const desk = openDesk().lease(1).query("Tux").reserve(1, "c:1", "Tux", 1, 7).openUnreplayed(2);
    desk.replay(2, { reserves: [{ ticket: 1, key: "c:1", product: "Tux", quantity: 1 }] });
    expect(desk.replies).toEqual([]);
    expect(desk.acknowledge(1).replies).toEqual([{ ticket: 1, code: 1 }]);
  });

  test("the fence outlives a restart", () => {
    const desk = new Desk(undefined, true, new Desk().open(1, 7, 3).catalog.image());
    expect(desk.open(1, 7, 3).refusal(1)?.code).toBe("fenced");
  });

  test.each([{ returns: ["c:1"] }, { replayed: true }])("work before the session is open ends it: %j", (work) => {
    const desk = new Desk(undefined, false).openUnreplayed(1).work(1, work);
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

  test("a session that is gone leaves its reservations, oldest first", () => {
    const desk = openDesk()
      .reserve(1, "c:2", "Tux", 1)
      .reserve(1, "c:1", "Whale", 2)
      .take({ type: "session-gone", session: 1 as SessionId });
    expect(desk.product("Tux").reserved).toBe(1);
    expect(desk.reserved.map(({ key }) => key)).toEqual(["c:2", "c:1"]);
  });
});
