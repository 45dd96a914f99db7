import { expect, test } from "bun:test";
import { Attempts } from "../../../services/order/core/attempts.ts";
import type { Origin, Term } from "../../../services/order/core/types.ts";

const term = 3 as Term;
const origin = (parts: Partial<Origin> = {}): Origin => ({ frontEnd: 7, attempt: 1, term, ...parts });

test("a purchase by hand, without an origin, is admitted", () => {
  expect(new Attempts(term, 10).admit(undefined)).toBe(true);
});

test("a purchase meant for the leader of another term is kept out", () => {
  const attempts = new Attempts(term, 10);
  expect(attempts.admit(origin({ term: 2 }))).toBe(false);
  expect(attempts.admit(origin({ term: 4 }))).toBe(false);
});

test("once a newer attempt was seen, what is left of older ones is kept out", () => {
  const attempts = new Attempts(term, 10);
  expect(attempts.admit(origin())).toBe(true);
  expect(attempts.admit(origin({ attempt: 2 }))).toBe(true);
  expect(attempts.admit(origin())).toBe(false);
  expect(attempts.admit(origin({ attempt: 2 }))).toBe(true);
});

test("each front-end counts its own attempts", () => {
  const attempts = new Attempts(term, 10);
  expect(attempts.admit(origin({ attempt: 5 }))).toBe(true);
  expect(attempts.admit(origin({ frontEnd: 8 }))).toBe(true);
});

test("only the front-ends whose attempt changed longest ago are forgotten", () => {
  const attempts = new Attempts(term, 2);
  attempts.admit(origin({ frontEnd: 1, attempt: 2 }));
  attempts.admit(origin({ frontEnd: 2, attempt: 2 }));
  attempts.admit(origin({ frontEnd: 1, attempt: 3 }));
  attempts.admit(origin({ frontEnd: 3, attempt: 2 }));
  expect(attempts.admit(origin({ frontEnd: 1, attempt: 2 }))).toBe(false);
  expect(attempts.admit(origin({ frontEnd: 3, attempt: 1 }))).toBe(false);
});
