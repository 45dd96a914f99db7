import { describe, expect, test } from "bun:test";
import { limits } from "../../../services/catalog/core/limits.ts";
import type { Event } from "../../../services/catalog/core/types.ts";
import { Desk } from "./desk.ts";

const second = { number: 2, hash: "h2" };
const written: Event = { type: "checkpoint-written", checkpoint: second };
const failed: Event = { type: "checkpoint-failed", message: "no space" };

function changed(syncs = true): Desk {
  return new Desk(undefined, syncs).afterGhost().open(1).sync().reserve(1, "c:1", "Tux", 1);
}

test("stock that changed is written within a second, stock that did not is not", () => {
  expect(new Desk().wait(5_000).of("write-checkpoint")).toEqual([]);
  const [effect] = changed().wait(1_000).of("write-checkpoint");
  expect(effect).toMatchObject({ number: 2, rows: [{ name: "Tux", quantity: 99 }, { name: "Whale" }] });
});

test("one checkpoint at a time", () => {
  expect(changed().wait(5_000).of("write-checkpoint").length).toBe(1);
});

test("a checkpoint takes its place only when it is logged and synced", () => {
  const desk = changed(false).sync().wait(1_000).take(written);
  expect(desk.of("publish-checkpoint")).toEqual([]);
  expect(desk.sync().of("publish-checkpoint")).toMatchObject([{ checkpoint: second }]);
});

test("what changed while it was written is in the next one", () => {
  const desk = changed().wait(1_000).reserve(1, "c:2", "Tux", 1).take(written).take({ type: "checkpoint-published" });
  expect(desk.wait(1_000).of("write-checkpoint")).toMatchObject([{ number: 3, rows: [{ quantity: 98 }, {}] }]);
});

test("a checkpoint that could not be written is reported and tried again after the interval", () => {
  const desk = changed().wait(1_000).take(failed);
  expect(desk.notices("checkpoint-failed")).toMatchObject([{ reason: "no space", failures: 1 }]);
  expect(desk.of("write-checkpoint")).toEqual([]);
  expect(desk.wait(1_000).of("write-checkpoint")).toMatchObject([{ number: 2 }]);
});

test("a checkpoint that is logged is published before another is begun", () => {
  const desk = changed().wait(1_000).take(written).take(failed).wait(1_000);
  expect(desk.of("publish-checkpoint")).toMatchObject([{ checkpoint: second }]);
  expect(desk.of("write-checkpoint")).toEqual([]);
});

test("after many changes the whole state is kept, so that the log before it can go", () => {
  const desk = new Desk({ Tux: 100 }).afterGhost().open(1);
  const returned = { settles: [], returns: ["c:1"], reserves: [] };
  const reserved = { ...returned, returns: [], reserves: [{ ticket: 1, key: "c:1", product: "Tux", quantity: 1 }] };
  const snapshots: number[] = [];
  for (let changes = 1; changes < limits.changesPerSnapshot + 10; changes += 2) {
    for (const work of [reserved, returned]) {
      for (const { image } of desk.work(1, work).of("snapshot")) snapshots.push(image.version);
    }
  }
  expect(snapshots).toEqual([limits.changesPerSnapshot + 1]);
});

describe("stop", () => {
  test("a stopping catalog brings catalog.csv up to date first", () => {
    const desk = changed().take({ type: "stop" });
    expect(desk.of("write-checkpoint").length).toBe(1);
    expect(desk.of("stopped")).toEqual([]);
    expect(desk.take(written).take({ type: "checkpoint-published" }).of("stopped").length).toBe(1);
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
