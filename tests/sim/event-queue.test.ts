import { expect, test } from "bun:test";
import { Dice } from "./kernel/dice.ts";
import { EventQueue } from "./kernel/event-queue.ts";

test("happenings come by time, and those of one moment in the order scheduled", () => {
  const dice = new Dice(1);
  const queue = new EventQueue();
  const fired: { readonly atMs: number; readonly order: number }[] = [];
  const expected: { readonly atMs: number; readonly order: number }[] = [];
  for (let order = 0; order < 2000; order++) {
    const atMs = dice.int(0, 100) / 2;
    expected.push({ atMs, order });
    queue.push(atMs, { fire: () => fired.push({ atMs, order }) });
  }
  while (queue.size > 0) queue.take(Infinity)?.happening.fire();
  expect(fired).toEqual(expected.sort((one, other) => one.atMs - other.atMs || one.order - other.order));
});

test("what is scheduled while others are taken finds its place", () => {
  const queue = new EventQueue();
  const fired: number[] = [];
  const at = (atMs: number): void => queue.push(atMs, { fire: () => fired.push(atMs) });
  for (const atMs of [5, 1, 9]) at(atMs);
  queue.take(Infinity)?.happening.fire();
  expect(queue.take(4)).toBeUndefined();
  for (const atMs of [3, 7, 2]) at(atMs);
  while (queue.size > 0) queue.take(Infinity)?.happening.fire();
  expect(fired).toEqual([1, 2, 3, 5, 7, 9]);
  expect(queue.take(Infinity)).toBeUndefined();
});
