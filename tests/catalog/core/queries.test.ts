import { expect, test } from "bun:test";
import { limits } from "../../../services/catalog/core/limits.ts";
import type { CallerId, Event } from "../../../services/catalog/core/types.ts";
import { Desk } from "./desk.ts";

/** So many reads of Tux. */
function readsBy(caller: number, count: number): Event {
  const queries = Array.from({ length: count }, (_, id) => ({ id, product: "Tux" }));
  return { type: "queries", caller: caller as CallerId, queries };
}

function goneOf(caller: number): Event {
  return { type: "caller-gone", caller: caller as CallerId };
}

test("who is gone before the replay is not answered after it, and makes room for others", () => {
  const desk = new Desk().open(1).restarted().afterGhost();
  desk.take(readsBy(1, limits.waitingQueriesMax)).take(goneOf(1), readsBy(2, 1));
  expect(desk.of("caller-refused")).toEqual([]);
  expect(desk.open(2).of("query-replies")).toMatchObject([{ caller: 2, replies: [{ id: 0 }] }]);
});

test("only so many reads wait for the release of what they ask for; who asks more is refused, and the others are answered", () => {
  const desk = new Desk().afterGhost().open(1).lease(1).query("Tux").reserve(1, "c:1", "Tux", 1);
  desk.take(readsBy(1, limits.waitingQueriesMax));
  expect(desk.of("caller-refused")).toEqual([]);
  desk.take(readsBy(2, 1));
  expect(desk.of("caller-refused")).toMatchObject([{ caller: 2, refusal: { code: "overloaded" } }]);
  expect(desk.acknowledge(1).answers).toHaveLength(limits.waitingQueriesMax);
});
