import { describe, expect, test } from "bun:test";
import { limits } from "../../../services/catalog/core/limits.ts";
import type { FrontId } from "../../../services/catalog/core/types.ts";
import { Desk } from "./desk.ts";

const gone = { type: "front-gone", front: 1 as FrontId } as const;

/** A session is open, the leases from before the start are over. */
function openDesk(stock?: Record<string, number>): Desk {
  return new Desk(stock).afterGhost().open(1);
}

/** A front-end with a lease asked for Tux, and has not acknowledged that one was reserved since. */
function withheld(stock: Record<string, number>): Desk {
  return openDesk(stock).lease(1).query("Tux").reserve(1, "c:1", "Tux", 1);
}

describe("what is set aside", () => {
  test("a reservation that no cache hides is answered at once, without a line in the log and without a sync", () => {
    const desk = new Desk(undefined, false).afterGhost().open(1).reserve(1, "c:1", "Tux", 1);
    expect(desk.replies).toEqual([{ ticket: 1, code: 1 }]);
    expect([...desk.of("append"), ...desk.of("sync")]).toEqual([]);
  });

  test("a read shows it at once, too", () => {
    const desk = new Desk(undefined, false).afterGhost().open(1).reserve(1, "c:1", "Tux", 1).query("Tux");
    expect(desk.answers).toMatchObject([{ quantity: 99 }]);
  });

  test("a read of another product does not wait for its release", () => {
    const desk = withheld({ Tux: 100, Whale: 5 });
    expect(desk.query("Whale").answers).toMatchObject([{ quantity: 5 }]);
  });

  test("out of stock is not told before the reservation that took the last piece is released", () => {
    const desk = withheld({ Tux: 1 });
    expect(desk.reserve(1, "c:2", "Tux", 1, 2).replies).toEqual([]);
    expect(desk.acknowledge(1).replies).toEqual([
      { ticket: 1, code: 1 },
      { ticket: 2, code: -1 },
    ]);
  });

  test("out of stock is not told to the next leader before that either", () => {
    const desk = withheld({ Tux: 1 }).openUnreplayed(2);
    expect(desk.reserve(2, "c:2", "Tux", 1, 2).replies).toEqual([]);
    expect(desk.acknowledge(1).replies).toEqual([{ ticket: 2, code: -1 }]);
  });

  test("a repeated reserve waits for the reservation's own change", () => {
    const desk = withheld({ Tux: 100 });
    expect(desk.reserve(1, "c:1", "Tux", 1, 2).replies).toEqual([]);
    expect(desk.acknowledge(1).replies.length).toBe(2);
  });

  test("a return is a change like any other: nobody reads it before the old value is gone", () => {
    const desk = openDesk().reserve(1, "c:1", "Tux", 1).lease(1).query("Tux");
    desk.work(1, { returns: ["c:1"] });
    expect(desk.message(1)?.products).toEqual(["Tux"]);
    expect(desk.query("Tux").answers).toEqual([]);
    expect(desk.acknowledge(1).answers).toMatchObject([{ quantity: 100 }]);
  });

  test("an unknown product is answered at once: -1 and -1", () => {
    expect(new Desk(undefined, false).query("").answers).toMatchObject([{ priceCents: -1, quantity: -1 }]);
  });

  test("a settle is no visible change: caches keep the value, and reads do not wait for it", () => {
    const desk = new Desk(undefined, false).afterGhost().open(1).reserve(1, "c:1", "Tux", 1).lease(1).query("Tux");
    desk.settle(1, 0, "c:1", "Tux", 1);
    expect(desk.of("invalidate")).toEqual([]);
    expect(desk.query("Tux").answers).toMatchObject([{ quantity: 99 }]);
  });
});

describe("after a start", () => {
  test("nothing is told for one full lease, since an older one may run", () => {
    const desk = new Desk().open(1).reserve(1, "c:1", "Tux", 1).query("Whale").wait(490);
    expect(desk.replies).toEqual([]);
    expect(desk.answers).toEqual([]);
    desk.wait(10);
    expect(desk.replies).toEqual([{ ticket: 1, code: 1 }]);
    expect(desk.answers).toMatchObject([{ quantity: 5 }]);
  });

  test("a front-end that comes back at once does not shorten that wait", () => {
    const desk = new Desk().lease(1).open(1).reserve(1, "c:1", "Tux", 1).acknowledge(1).wait(400);
    expect(desk.replies).toEqual([]);
  });
});

describe("leases", () => {
  test("the first message grants nothing, the answer to it brings the first lease", () => {
    const desk = openDesk().dial(1);
    expect(desk.message(1)).toMatchObject({ sequence: 1, lease: false, echo: 0, products: [] });
    expect(desk.acknowledge(1).message(1)).toMatchObject({ sequence: 2, lease: true, echo: 1 });
  });

  test("a change is answered when the front-end with a lease has acknowledged it", () => {
    const desk = openDesk().lease(1).query("Tux").reserve(1, "c:1", "Tux", 1);
    expect(desk.message(1)?.products).toEqual(["Tux"]);
    expect(desk.replies).toEqual([]);
    expect(desk.acknowledge(1).replies).toEqual([{ ticket: 1, code: 1 }]);
  });

  test("without an acknowledgement the lease's end releases the change", () => {
    const desk = openDesk().lease(1);
    const sentAtMs = desk.nowMs;
    desk.query("Tux").reserve(1, "c:1", "Tux", 1);
    desk.wait(sentAtMs + 490 - desk.nowMs);
    expect(desk.replies).toEqual([]);
    desk.wait(10);
    expect(desk.replies).toEqual([{ ticket: 1, code: 1 }]);
  });

  test("a read waits for the caches of others: nobody sees the new value before the old one is gone", () => {
    const desk = openDesk().lease(1).query("Tux").reserve(1, "c:1", "Tux", 1).query("Tux");
    expect(desk.answers).toEqual([]);
    expect(desk.acknowledge(1).answers).toMatchObject([{ quantity: 99 }]);
  });

  test("every front-end with a lease must acknowledge", () => {
    const desk = openDesk().lease(1, "front:1").lease(2, "front:2").query("Tux").reserve(1, "c:1", "Tux", 1);
    const sequence = desk.message(2)?.sequence;
    expect(desk.acknowledge(1).replies).toEqual([]);
    expect(desk.acknowledge(2, sequence).replies).toEqual([{ ticket: 1, code: 1 }]);
  });

  test("a front-end without a lease holds up nothing", () => {
    expect(openDesk().dial(1).reserve(1, "c:1", "Tux", 1).replies).toEqual([{ ticket: 1, code: 1 }]);
  });

  test("the lease of a front-end that is gone is waited for", () => {
    const desk = openDesk().lease(1).take(gone).reserve(1, "c:1", "Tux", 1);
    desk.wait(490);
    expect(desk.replies).toEqual([]);
    expect(desk.wait(10).replies).toEqual([{ ticket: 1, code: 1 }]);
  });

  test("a new stream to the same address does not end the older lease", () => {
    const desk = openDesk().lease(1).take(gone).lease(2).reserve(1, "c:1", "Tux", 1).acknowledge(2);
    expect(desk.replies).toEqual([]);
  });

  test("heartbeats come at least every 100 ms and renew the lease of a front-end that answers", () => {
    const desk = openDesk().lease(1);
    for (let heartbeats = 0, sinceMs = 0; heartbeats < 20; sinceMs += 10) {
      expect(sinceMs).toBeLessThan(100);
      const message = desk.wait(10).message(1);
      if (message === undefined) continue;
      expect(message).toMatchObject({ lease: true, products: [] });
      desk.acknowledge(1);
      sinceMs = 0;
      heartbeats += 1;
    }
    expect(desk.query("Tux").reserve(1, "c:1", "Tux", 1).replies).toEqual([]);
  });

  test("a product that nobody asked for since it was last named changes without a word, and without a wait", () => {
    const desk = openDesk().lease(1).query("Whale").reserve(1, "c:1", "Tux", 1);
    expect(desk.of("invalidate")).toEqual([]);
    expect(desk.replies).toEqual([{ ticket: 1, code: 1 }]);
  });

  test("who asks after a product was named is told of its next change again", () => {
    const desk = openDesk().lease(1).query("Tux").reserve(1, "c:1", "Tux", 1).acknowledge(1);
    expect(desk.reserve(1, "c:2", "Tux", 1, 2).message(1)).toBeUndefined();
    expect(desk.query("Tux").reserve(1, "c:3", "Tux", 1, 3).message(1)?.products).toEqual(["Tux"]);
    expect(desk.replies).toEqual([]);
  });

  test("a query that waits for its value's release counts as asked", () => {
    const desk = withheld({ Tux: 100 });
    const first = desk.message(1)?.sequence;
    expect(desk.query("Tux").answers).toEqual([]);
    expect(desk.reserve(1, "c:2", "Tux", 1, 2).message(1)?.products).toEqual(["Tux"]);
    expect(desk.acknowledge(1, first).answers).toMatchObject([{ quantity: 99 }]);
    expect(desk.replies).toEqual([{ ticket: 1, code: 1 }]);
  });

  test("a change of a product that nobody asked for still waits for a lease whose stream is gone", () => {
    const desk = openDesk().lease(1).query("Tux").reserve(1, "c:1", "Tux", 1).acknowledge(1).take(gone);
    expect(desk.reserve(1, "c:2", "Tux", 1, 2).replies).toEqual([]);
  });

  test("all changes of a turn go in one message, each product once", () => {
    const desk = openDesk().lease(1).query("Tux").query("Whale");
    desk.work(1, {
      reserves: [
        { ticket: 1, key: "c:1", product: "Tux", quantity: 1 },
        { ticket: 2, key: "c:2", product: "Whale", quantity: 1 },
        { ticket: 3, key: "c:3", product: "Tux", quantity: 1 },
      ],
    });
    expect(desk.of("invalidate").map(({ message }) => message.products)).toEqual([["Tux", "Whale"]]);
    expect(desk.message(1)?.version).toBe(desk.version);
  });

  test("an acknowledgement of what was not sent ends the stream", () => {
    const desk = openDesk().lease(1).acknowledge(1, 99);
    expect(desk.of("front-close").length).toBe(1);
  });

  test("a front-end that answers nothing for a second is dialled anew", () => {
    const desk = openDesk().lease(1).wait(1_200);
    expect(desk.of("front-close").length).toBe(1);
  });

  test("to a front-end that does not answer only so many messages are sent", () => {
    const desk = openDesk({ Tux: 1_000 }).lease(1);
    for (let at = 0; at < limits.unacknowledgedMessagesMax + 20; at++) {
      desk.query("Tux").reserve(1, `c:${at}`, "Tux", 1);
    }
    expect(desk.message(1)).toBeUndefined();
    const next = desk.acknowledge(1, 3).message(1);
    expect(next).toMatchObject({ products: ["Tux"], version: desk.version });
  });

  test("no lease is granted while a change is still to be named", () => {
    const many = limits.productsPerMessageMax + 1;
    const names = Array.from({ length: many }, (_, at) => `Toy ${at}`);
    const desk = openDesk(Object.fromEntries(names.map((name) => [name, 1]))).lease(1);
    const reserves = names.map((product, ticket) => ({ ticket, key: `c:${ticket}`, product, quantity: 1 }));
    const before = desk.version;
    for (const name of names) desk.query(name);
    desk.work(1, { reserves });
    const messages = desk.of("invalidate").map(({ message }) => message);
    expect(messages.map(({ products, lease }) => [products.length, lease])).toEqual([
      [limits.productsPerMessageMax, false],
      [1, true],
    ]);
    expect(messages.map(({ version }) => version - before)).toEqual([0, many]);
  });
});

describe("a slow front-end", () => {
  /** Leaves the next message unacknowledged for 60 ms; returns how long it then has no lease. */
  function pauseAfterDelay(desk: Desk): number {
    while (desk.wait(10).message(1) === undefined);
    desk.wait(60).acknowledge(1);
    const startMs = desk.nowMs;
    for (let waited = 0; waited < 6_000; waited += 10) {
      desk.wait(10);
      const message = desk.message(1);
      if (message?.lease) return desk.nowMs - startMs;
      if (message !== undefined) desk.acknowledge(1);
    }
    return Number.POSITIVE_INFINITY;
  }

  test("gets no new lease while a message is unacknowledged for 50 ms", () => {
    const desk = openDesk().lease(1).wait(80).wait(300);
    expect(desk.of("invalidate").some(({ message }) => message.lease)).toBe(false);
  });

  test("gets the next lease after a pause that doubles, up to 5 s", () => {
    const desk = openDesk().lease(1);
    const pauses = Array.from({ length: 8 }, () => {
      const pause = pauseAfterDelay(desk);
      desk.acknowledge(1);
      return pause;
    });
    for (const [at, expected] of [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000].entries()) {
      expect(pauses[at]).toBeGreaterThanOrEqual(expected);
      expect(pauses[at]).toBeLessThan(expected + 100);
    }
  });

  test("is forgiven after a good while", () => {
    const desk = openDesk().lease(1);
    for (let times = 0; times < 4; times++) {
      pauseAfterDelay(desk);
      desk.acknowledge(1);
    }
    for (let waited = 0; waited < 11_000; waited += 50) {
      desk.wait(50);
      if (desk.message(1) !== undefined) desk.acknowledge(1);
    }
    expect(pauseAfterDelay(desk)).toBeLessThan(200);
  });

  test("that is late during a pause, too, has all of it before it again", () => {
    const desk = openDesk().lease(1);
    while (desk.wait(10).message(1) === undefined);
    desk.wait(60).acknowledge(1);
    expect(pauseAfterDelay(desk)).toBeGreaterThanOrEqual(100);
  });

  test("takes its bad name along to a new stream", () => {
    const desk = openDesk().lease(1).wait(200).take(gone).dial(2).acknowledge(2);
    expect(desk.message(2)).toMatchObject({ echo: 1, lease: false });
  });
});
