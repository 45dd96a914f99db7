import { expect, test } from "bun:test";
import fc from "fast-check";
import { foundingImage } from "../../../services/catalog/core/founding.ts";
import { Ledger } from "../../../services/catalog/core/ledger.ts";
import { limits, times } from "../../../services/catalog/core/limits.ts";
import type { Deed, Event, Position, Product, SessionId, Settle } from "../../../services/catalog/core/types.ts";
import { Desk } from "./desk.ts";

const names = ["Tux", "Whale", "Lego", "Barbie", "Slinky"];

function newLedger(): Ledger {
  return new Ledger(foundingImage(names.map((name) => ({ name, priceCents: 100, quantity: 1_000 }))));
}

function change(ledger: Ledger, deed: Deed): void {
  ledger.apply({ position: (ledger.position + 1) as Position, ...deed });
}

/** Sells one that is on hand, or one that was set aside. */
function sellOne(ledger: Ledger, product: string): void {
  change(ledger, {
    type: "settle",
    first: ledger.settledBelow,
    orders: 1,
    sales: [{ product, quantity: 1, adjusted: 0 }],
  });
}

/** Some change of the nth product, or a checkpoint, which changes what is shown of many. */
function changeSome(ledger: Ledger, nth: number): void {
  const product = names[nth];
  if (product === undefined) change(ledger, { type: "checkpoint", checkpoint: ledger.checkpoint + 1 });
  else if (nth % 2 === 0) change(ledger, { type: "restock", product, quantity: 5 });
  else sellOne(ledger, product);
  if (product !== undefined && nth > 1) ledger.setAside(product, 2);
}

test("a portrait shows the state as it was when it was taken, whatever changes while it is gone through", () => {
  const changes = fc.array(fc.integer({ min: 0, max: names.length }), { maxLength: 6 });
  fc.assert(
    fc.property(changes, fc.array(changes, { minLength: names.length }), (first, between) => {
      const ledger = newLedger();
      for (const nth of first) changeSome(ledger, nth);
      const { products, ...rest } = ledger.image();
      const portrait = ledger.portrait();
      const seen: Product[] = [];
      for (const product of portrait?.products ?? []) {
        seen.push({ ...product });
        for (const nth of between[seen.length - 1] ?? []) changeSome(ledger, nth);
      }
      expect(seen).toMatchObject(products);
      expect({ ...portrait, products: [] }).toMatchObject(rest);
    }),
  );
});

test("one portrait at a time", () => {
  const ledger = newLedger();
  expect(ledger.portrait()).toBeDefined();
  expect(ledger.portrait()).toBeUndefined();
  ledger.endPortrait();
  expect(ledger.portrait()).toBeDefined();
});

/** Orders that are settled one by one, a thousand in a turn: each is a change in the log, with one sale in it. */
function turnFrom(first: number): Event[] {
  return Array.from({ length: 1_000 }, (_, nth): Event => {
    const settle: Settle = { number: first + nth, key: `c:${first + nth}`, product: "Toy 1", quantity: 1 };
    return { type: "session-work", session: 1 as SessionId, work: { settles: [settle], returns: [], reserves: [] } };
  });
}

/** Lets so many changes happen; returns the changes at which a snapshot was asked for. */
function snapshotsIn(desk: Desk, changes: number): number[] {
  const snapshots: number[] = [];
  let { settledBelow } = desk.catalog.image();
  for (let done = 0; done < changes; done += 1_000, settledBelow += 1_000) {
    const effects = [...desk.take(...turnFrom(settledBelow)).effects, ...desk.wait(times.settledUnsyncedMs).effects];
    for (const effect of effects) if (effect.type === "snapshot") snapshots.push(effect.portrait.position);
  }
  return snapshots;
}

test("no snapshot is asked for while the last one is not ended, and the next one with the first change after it", () => {
  const desk = new Desk({ "Toy 1": 1_000 }).afterGhost().open(1);
  expect(snapshotsIn(desk, 1.25 * limits.changesPerSnapshot)).toHaveLength(1);
  expect(desk.take({ type: "snapshot-ended" }).of("snapshot")).toEqual([]);
  expect(snapshotsIn(desk, 1)).toHaveLength(1);
});

test("a snapshot is asked for only when the log has grown by as much as it would have lines", () => {
  const products = limits.changesPerSnapshot + 50_000;
  const stock = Object.fromEntries(Array.from({ length: products }, (_, nth) => [`Toy ${nth}`, 1_000]));
  const [first, ...more] = snapshotsIn(new Desk(stock).afterGhost().open(1), 0.75 * products);
  expect(first).toBeGreaterThan(products / 2);
  expect(more).toEqual([]);
});

/** One message of orders of so many products: one change in the log. */
function batchFrom(first: number, products: number): Event {
  const settles = Array.from({ length: products }, (_, nth): Settle => {
    return { number: first + nth, key: `c:${first + nth}`, product: `Toy ${nth}`, quantity: 1 };
  });
  return { type: "session-work", session: 1 as SessionId, work: { settles, returns: [], reserves: [] } };
}

test("a settle counts with every product that it names: few lines that hold much are due for a snapshot", () => {
  const products = 999;
  const stock = Object.fromEntries(Array.from({ length: products }, (_, nth) => [`Toy ${nth}`, 1_000]));
  const desk = new Desk(stock).afterGhost().open(1);
  const batches = Math.ceil((limits.changesPerSnapshot - 1) / (products + 1));
  for (let batch = 1; batch < batches; batch++) {
    expect(desk.take(batchFrom((batch - 1) * products, products)).of("snapshot")).toEqual([]);
  }
  const [snapshot] = desk.take(batchFrom((batches - 1) * products, products)).of("snapshot");
  // The founding and the fence come before.
  expect(snapshot?.portrait.position).toBe((batches + 2) as Position);
});
