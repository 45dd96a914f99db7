import { expect, test } from "bun:test";
import { majority, reachedByMajority } from "../../../services/order/core/quorum.ts";

test("a majority of three is two, of one is one, of four is three", () => {
  expect([1, 2, 3, 4, 5].map(majority)).toEqual([1, 2, 2, 3, 3]);
});

test("a majority has reached the second highest of three values", () => {
  expect(reachedByMajority([9, 3, 7], 3)).toBe(7);
  expect(reachedByMajority([5, 5, 1], 3)).toBe(5);
});

test("absent members have reached nothing", () => {
  expect(reachedByMajority([9, 3], 3)).toBe(3);
  expect(reachedByMajority([9], 3)).toBe(-Infinity);
});

test("the values are left as they are", () => {
  const values = [1, 3, 2];
  reachedByMajority(values, 3);
  expect(values).toEqual([1, 3, 2]);
});
