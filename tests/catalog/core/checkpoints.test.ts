import { describe, expect, test } from "bun:test";
import { Catalog } from "../../../services/catalog/core/catalog.ts";
import { Ledger } from "../../../services/catalog/core/ledger.ts";
import { limits, times } from "../../../services/catalog/core/limits.ts";
import type { Event, Row, Sheet } from "../../../services/catalog/core/types.ts";
import { Desk } from "./desk.ts";

const settings = { checkpointIntervalMs: 1_000, restockIntervalMs: 10_000, restockQuantity: 100 };
const published: Event = { type: "checkpoint-published" };
const failed: Event = { type: "checkpoint-failed", message: "no space" };

/** One was sold. */
function changed(syncs = true): Desk {
  return new Desk(undefined, syncs).afterGhost().open(1).sell(1, 0, "Tux", 1);
}

/** The rows of catalog.csv as an effect wants them. */
function rowsOf(
  { sheet }: { readonly sheet: Sheet } = { sheet: { length: 0, changed: [], largest: 0, row: () => never } },
): Row[] {
  return Array.from({ length: sheet.length }, (_, place) => sheet.row(place));
}
const never = { name: "", priceCents: 0, quantity: 0 };

test("stock that changed is shown within a second, stock that did not is not", () => {
  expect(new Desk().wait(5_000).of("publish-checkpoint")).toEqual([]);
  const [effect] = changed().wait(1_010).of("publish-checkpoint");
  expect(effect).toMatchObject({ number: 2, sheet: { length: 2 } });
  expect([...(effect?.sheet.changed ?? [])]).toEqual([0]);
  expect(rowsOf(effect)).toMatchObject([
    { name: "Tux", quantity: 99 },
    { name: "Whale", quantity: 5 },
  ]);
});

test("one checkpoint at a time", () => {
  expect(changed().wait(5_000).of("publish-checkpoint").length).toBe(1);
});

test("a checkpoint takes its place only when it is logged and synced", () => {
  const desk = changed(false).wait(1_000);
  expect(desk.log.at(-1)).toMatchObject({ type: "checkpoint", checkpoint: 2 });
  expect(desk.of("publish-checkpoint")).toEqual([]);
  expect(desk.sync().of("publish-checkpoint")).toMatchObject([{ number: 2 }]);
});

test("what changes while it is published is not in it, but in the next one", () => {
  const desk = changed().wait(1_010);
  const [effect] = desk.of("publish-checkpoint");
  desk.sell(1, 1, "Tux", 1);
  expect(rowsOf(effect)).toMatchObject([{ quantity: 99 }, {}]);
  const [next] = desk.take(published).wait(1_010).of("publish-checkpoint");
  expect(rowsOf(next)).toMatchObject([{ quantity: 98 }, {}]);
});

test("what is only reserved is not sold: catalog.csv shows it, and nothing is written", () => {
  const desk = new Desk().open(1).reserve(1, "c:kept", "Tux", 3).wait(2_000);
  expect(desk.of("publish-checkpoint")).toEqual([]);
  const [effect] = desk.sell(1, 0, "Whale", 1).of("publish-checkpoint");
  expect(rowsOf(effect)).toMatchObject([{ quantity: 100 }, { quantity: 4 }]);
});

test("stock that is back where it was is not shown anew", () => {
  const desk = new Desk().open(1).wait(9_000).sell(1, 0, "Whale", 1);
  expect(desk.of("publish-checkpoint").length).toBe(1);
  desk.sell(1, 1, "Tux", 100).wait(1_000);
  expect(desk.product("Tux")).toMatchObject({ onHand: 100, restocked: 100, sold: 100 });
  expect(desk.take(published).wait(2_000).of("publish-checkpoint")).toEqual([]);
});

test("a checkpoint that could not be published is reported, and tried again after the interval before any other", () => {
  const desk = changed().wait(1_010).sell(1, 1, "Tux", 1).take(failed);
  expect(desk.notices("checkpoint-failed")).toMatchObject([{ reason: "no space", failures: 1 }]);
  expect(desk.of("publish-checkpoint")).toEqual([]);
  const [again] = desk.wait(1_000).of("publish-checkpoint");
  expect(again?.number).toBe(2);
  expect(rowsOf(again)).toMatchObject([{ quantity: 99 }, {}]);
});

test("a catalog.csv that is missing is written at once when it is time, though nothing changed", () => {
  const start = { ledger: new Ledger(new Desk().startImage), changesSinceSnapshot: 0, held: "nothing" as const };
  const catalog = new Catalog(0, start, settings);
  catalog.step(1_000, { type: "tick" });
  const changes = catalog.drain(1_000).flatMap((effect) => (effect.type === "append" ? effect.changes : []));
  expect(changes).toMatchObject([{ type: "checkpoint", checkpoint: 2 }]);
});

test("a checkpoint that was logged before a crash is published at the next start", () => {
  const desk = changed().wait(1_010);
  const start = { ledger: new Ledger(desk.catalog.image()), changesSinceSnapshot: 0, held: "before" as const };
  const again = new Catalog(0, start, settings);
  again.step(0, { type: "tick" });
  expect(again.drain(0).filter(({ type }) => type === "publish-checkpoint")).toMatchObject([{ number: 2 }]);
});

/** The fence counts for one; each settle, of one product, for two. */
test("after many changes the whole state is kept, so that the log before it can go", () => {
  const desk = new Desk({ Tux: 1_000_000 }).afterGhost().open(1);
  const snapshots: number[] = [];
  for (let number = 0; number < limits.changesPerSnapshot / 2 + 10; number++) {
    desk.settle(1, number, `c:${number}`, "Tux", 1);
    for (const { portrait } of desk.of("snapshot")) snapshots.push(portrait.position);
    if (number % 10_000 === 0) desk.wait(times.settledUnsyncedMs);
  }
  expect(snapshots).toEqual([limits.changesPerSnapshot / 2 + 2]);
});

describe("stop", () => {
  test("a stopping catalog brings catalog.csv up to date first", () => {
    const desk = changed().take({ type: "stop" });
    expect(desk.of("publish-checkpoint").length).toBe(1);
    expect(desk.of("stopped")).toEqual([]);
    expect(desk.take(published).of("stopped").length).toBe(1);
  });

  test("a stopping catalog ends its session and takes no other", () => {
    const desk = changed().take({ type: "stop" });
    expect(desk.refusal(1)?.code).toBe("stopping");
    expect(desk.open(2, 9).refusal(2)?.code).toBe("stopping");
  });

  test("a checkpoint that fails does not keep it from stopping", () => {
    expect(changed().take({ type: "stop" }).take(failed).of("stopped").length).toBe(1);
  });

  test("with nothing to do it stops at once", () => {
    expect(new Desk().take({ type: "stop" }).of("stopped").length).toBe(1);
  });
});
