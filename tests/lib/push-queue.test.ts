import { describe, expect, test } from "bun:test";
import { PushQueue } from "../../services/lib/push-queue.ts";

async function collect<T>(queue: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of queue) items.push(item);
  return items;
}

describe("a push queue", () => {
  test("gives its items in order, then its end", async () => {
    const queue = new PushQueue<number>(10);
    queue.push(1);
    queue.push(2);
    queue.end();
    expect(await collect(queue)).toEqual([1, 2]);
  });

  test("wakes a consumer that waits", async () => {
    const queue = new PushQueue<number>(10);
    const items = collect(queue);
    await Promise.resolve();
    queue.push(1);
    queue.end();
    expect(await items).toEqual([1]);
  });

  test("refuses what does not fit, until something has been taken", async () => {
    const queue = new PushQueue<number>(1);
    expect(queue.push(1)).toBe(true);
    expect(queue.push(2)).toBe(false);
    const items = queue[Symbol.asyncIterator]();
    expect((await items.next()).value).toBe(1);
    expect(queue.push(3)).toBe(true);
    expect((await items.next()).value).toBe(3);
    queue.end();
  });

  test("counts weights, not items, where they are given", async () => {
    const queue = new PushQueue<string>(10);
    expect(queue.push("heavy", 9)).toBe(true);
    expect(queue.push("too heavy", 2)).toBe(false);
    expect(queue.push("light", 1)).toBe(true);
    expect(queue.size).toBe(2);
    const items = queue[Symbol.asyncIterator]();
    await items.next();
    expect(queue.push("heavy", 9)).toBe(true);
    queue.end();
  });

  test("takes nothing after its end", () => {
    const queue = new PushQueue<number>(10);
    queue.end();
    expect(queue.push(1)).toBe(false);
    expect(queue.isEnded).toBe(true);
  });

  test("takes nothing once its consumer has left", async () => {
    const queue = new PushQueue<number>(10);
    queue.push(1);
    for await (const item of queue) {
      expect(item).toBe(1);
      break;
    }
    expect(queue.push(2)).toBe(false);
  });

  test("that failed drops what is queued and throws", async () => {
    const queue = new PushQueue<number>(10);
    queue.push(1);
    queue.fail(new Error("cut off"));
    expect(queue.push(2)).toBe(false);
    const outcome = await collect(queue).catch((error: unknown) => error);
    expect(outcome).toEqual(new Error("cut off"));
  });

  test("that ended before does not fail any more", async () => {
    const queue = new PushQueue<number>(10);
    queue.push(1);
    queue.end();
    queue.fail(new Error("late"));
    expect(await collect(queue)).toEqual([1]);
  });

  test("that is never quite empty keeps its order", async () => {
    const queue = new PushQueue<number>(10);
    const items = queue[Symbol.asyncIterator]();
    queue.push(0);
    for (let at = 0; at < 5000; at++) {
      queue.push(at + 1);
      expect((await items.next()).value).toBe(at);
    }
    queue.end();
  });
});
