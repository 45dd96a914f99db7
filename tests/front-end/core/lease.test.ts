import { expect, test } from "bun:test";
import { Lease } from "../../../services/front-end/core/lease.ts";

test("before any grant there is no lease", () => {
  expect(new Lease(400, 8).isValid(0)).toBe(false);
});

test("a grant counts from the sending of the acknowledgement that it echoes, not from its arrival", () => {
  const lease = new Lease(400, 8);
  lease.acknowledged(1, 1000);
  lease.granted(1);
  expect(lease.isValid(1399)).toBe(true);
  expect(lease.isValid(1400)).toBe(false);
});

test("a grant that arrives late may be over already", () => {
  const lease = new Lease(400, 8);
  lease.acknowledged(1, 1000);
  expect(lease.isValid(1500)).toBe(false);
  lease.granted(1);
  expect(lease.isValid(1500)).toBe(false);
});

test("an older echo does not shorten a lease", () => {
  const lease = new Lease(400, 8);
  lease.acknowledged(1, 1000);
  lease.acknowledged(2, 1100);
  lease.granted(2);
  lease.granted(1);
  expect(lease.isValid(1499)).toBe(true);
});

test("the same acknowledgement may be echoed twice", () => {
  const lease = new Lease(400, 8);
  lease.acknowledged(1, 1000);
  lease.granted(1);
  lease.granted(1);
  expect(lease.isValid(1399)).toBe(true);
});

test("an echo of what was never acknowledged grants nothing", () => {
  const lease = new Lease(400, 8);
  lease.acknowledged(1, 1000);
  lease.granted(0);
  lease.granted(7);
  expect(lease.isValid(1001)).toBe(false);
});

test("an acknowledgement of the stream before is not remembered", () => {
  const lease = new Lease(400, 8);
  lease.acknowledged(1, 1000);
  lease.granted(1);
  lease.reset();
  expect(lease.isValid(1001)).toBe(false);
  lease.granted(1);
  expect(lease.isValid(1001)).toBe(false);
});

test("it remembers no more acknowledgements than its limit", () => {
  const lease = new Lease(400, 2);
  for (let sequence = 1; sequence <= 3; sequence++) lease.acknowledged(sequence, 1000 * sequence);
  lease.granted(1);
  expect(lease.isValid(1001)).toBe(false);
  lease.granted(2);
  expect(lease.isValid(2001)).toBe(true);
});
