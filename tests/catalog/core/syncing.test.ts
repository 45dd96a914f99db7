import { describe, expect, test } from "bun:test";
import { limits, times } from "../../../services/catalog/core/limits.ts";
import type { Deed, Event, SessionId } from "../../../services/catalog/core/types.ts";
import { Desk } from "./desk.ts";

/** A session was opened just now: that is when the last sync was asked for. */
function openDesk(stock?: Record<string, number>): Desk {
  return new Desk(stock, false).afterGhost().open(1);
}

function appended(desk: Desk): Deed["type"][] {
  return desk.of("append").flatMap(({ changes }) => changes.map(({ type }) => type));
}

test("what is only set aside is not logged: reserves and returns append nothing and sync nothing", () => {
  const desk = openDesk();
  const before = desk.log.length;
  desk.reserve(1, "c:0", "Tux", 3).work(1, { returns: ["c:0"] });
  desk.reserve(1, "c:1", "Tux", 3).wait(5_000);
  expect(desk.log.length).toBe(before);
  expect(desk.of("sync")).toEqual([]);
});

describe("a settle", () => {
  test("is logged at once, and synced by a tick 100 ms after the last sync", () => {
    const desk = openDesk().sell(1, 0, "Tux", 1);
    expect(appended(desk)).toEqual(["settle"]);
    expect(desk.of("sync")).toEqual([]);
    expect(desk.wait(times.settledUnsyncedMs - 10).of("sync")).toEqual([]);
    expect(desk.wait(10).of("sync")).toHaveLength(1);
    expect(desk.sync().unsynced).toEqual([]);
  });

  test("shares a sync with all others of the same 100 ms", () => {
    const desk = openDesk();
    let syncs = 0;
    for (let number = 0; number < 40; number++) {
      syncs += desk.sell(1, number, "Tux", 1).of("sync").length;
      syncs += desk.wait(10).sync().of("sync").length;
    }
    expect(syncs).toBe(400 / times.settledUnsyncedMs);
    expect(desk.unsynced).toEqual([]);
  });

  test("is not synced again when nothing has come since", () => {
    const desk = openDesk().sell(1, 0, "Tux", 1).wait(100).sync();
    expect(desk.wait(390).of("sync")).toEqual([]);
  });

  test("holds up no purchase: its product is reserved and read meanwhile", () => {
    const desk = openDesk({ Tux: 2 }).sell(1, 0, "Tux", 1).reserve(1, "c:1", "Tux", 1).query("Tux");
    expect(desk.answers).toMatchObject([{ quantity: 0 }]);
    expect(desk.unsynced).toMatchObject([{ type: "settle" }]);
  });

  test("that a power failure takes back is only told again", () => {
    const desk = openDesk().sell(1, 0, "Tux", 1).restarted().openUnreplayed(2).sync();
    expect(desk.opened).toEqual({ settledBelow: 0 });
    desk.replay(2, { settles: [{ number: 0, key: "c:0", product: "Tux", quantity: 1 }] });
    expect(desk.product("Tux")).toMatchObject({ onHand: 99, sold: 1, adjusted: 0 });
  });
});

describe("a disk that does not keep up", () => {
  test("ends the session when too many changes wait for it: no more work is taken until it does", () => {
    const settleOf = (number: number): Event => {
      const settles = [{ number, key: `c:${number}`, product: "Tux", quantity: 1 }];
      return { type: "session-work", session: 1 as SessionId, work: { settles, returns: [], reserves: [] } };
    };
    const count = limits.unsyncedChangesMax + 1;
    const desk = openDesk().take(...Array.from({ length: count }, (_, number) => settleOf(number)));
    expect(desk.refusal(1)).toBeUndefined();
    desk.take(settleOf(count));
    expect(desk.refusal(1)).toMatchObject({ code: "overloaded", message: expect.stringContaining("disk") });
    expect(desk.catalog.image().settledBelow).toBe(count);
    expect(desk.sync().open(2).sell(2, count, "Tux", 1).refusal(2)).toBeUndefined();
    expect(desk.catalog.image().settledBelow).toBe(count + 1);
  });
});

describe("everything else is synced at once, and takes the settles before it along", () => {
  test("a fence", () => {
    const desk = openDesk().sell(1, 0, "Tux", 1).openUnreplayed(2);
    expect(appended(desk)).toEqual(["fence"]);
    expect(desk.of("sync")).toHaveLength(1);
    expect(desk.sync().unsynced).toEqual([]);
  });

  test("a restock", () => {
    const desk = openDesk({ Tux: 1 }).reserve(1, "c:0", "Tux", 1).wait(9_490).settle(1, 0, "c:0", "Tux", 1).sync();
    desk.wait(10);
    expect(appended(desk)).toContain("restock");
    expect(desk.of("sync")).toHaveLength(1);
  });

  test("a checkpoint", () => {
    const desk = openDesk().wait(490).sell(1, 0, "Tux", 1).sync().wait(10);
    expect(appended(desk)).toEqual(["checkpoint"]);
    expect(desk.of("sync")).toHaveLength(1);
  });

  test("what a sync is asked for is appended before", () => {
    const types = openDesk()
      .openUnreplayed(2)
      .effects.map(({ type }) => type);
    expect(types.indexOf("append")).toBeLessThan(types.indexOf("sync"));
  });
});

describe("stop", () => {
  test("the settles are synced at once, and before that it does not end", () => {
    const desk = openDesk().wait(500).take({ type: "checkpoint-published" }).openUnreplayed(2).sync();
    desk.work(2, { settles: [{ number: 0, key: "c:0", product: "Nothing", quantity: 1 }] });
    expect(desk.of("sync")).toEqual([]);
    desk.take({ type: "stop" });
    expect(desk.of("sync")).toHaveLength(1);
    expect(desk.of("stopped")).toEqual([]);
    expect(desk.sync().of("stopped")).toHaveLength(1);
  });
});
