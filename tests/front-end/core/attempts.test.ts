import { describe, expect, test } from "bun:test";
import { buyOf, OrderWorld, one, two } from "./order-world.ts";

describe("the origin of a call", () => {
  test("names the term of the leader that it is meant for", () => {
    const world = new OrderWorld().follow(one, 1).tick();
    world.submit(buyOf("k"), "k");
    world.follow(two, 2).set(one, "refuses").lose().pass(100);
    expect(world.sent.map(({ origin }) => origin.term)).toEqual([1, 2]);
  });

  test("is a higher attempt once a call was left behind unanswered", () => {
    const world = new OrderWorld().follow(one, 1).tick();
    world.submit(buyOf("k"), "k");
    world.lose().pass(100);
    const [first, second] = world.sent.map(({ origin }) => origin.attempt);
    expect(second).toBeGreaterThan(first ?? Number.POSITIVE_INFINITY);
  });

  test("is a higher attempt after an outcome that stays unknown", () => {
    const world = new OrderWorld().follow(one, 1).tick();
    world.submit(buyOf("k"), "k");
    world.answer("k", "unknown-outcome").pass(100);
    const [first, second] = world.sent.map(({ origin }) => origin.attempt);
    expect(second).toBeGreaterThan(first ?? Number.POSITIVE_INFINITY);
  });

  test("is a higher attempt after a call that ran out of time unanswered", () => {
    const world = new OrderWorld().follow(one, 1).tick();
    world.submit(buyOf("k"), "k");
    world.pass(3000);
    world.submit(buyOf("next"), "next");
    const [first, second] = world.sent.map(({ origin }) => origin.attempt);
    expect(second).toBeGreaterThan(first ?? Number.POSITIVE_INFINITY);
  });

  test("stays the same while every call is answered", () => {
    const world = new OrderWorld().follow(one, 1).tick();
    for (const key of ["a", "b"]) {
      world.submit(buyOf(key), key);
      world.answer(key, "out-of-stock");
    }
    expect(new Set(world.sent.map(({ origin }) => origin.attempt)).size).toBe(1);
  });
});
