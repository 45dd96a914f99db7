import { expect, test } from "bun:test";
import { PausableClock } from "./load/pausable-clock.ts";

test("a clock that is paused stands still, and goes on from there", () => {
  let nowMs = 100;
  const clock = new PausableClock({ now: () => nowMs });
  nowMs = 150;
  expect(clock.now()).toBe(150);
  for (const pauseMs of [1_000, 70]) {
    clock.pause();
    const pausedAt = clock.now();
    nowMs += pauseMs;
    expect(clock.isPaused).toBe(true);
    expect(clock.now()).toBe(pausedAt);
    clock.resume();
    nowMs += 5;
    expect(clock.isPaused).toBe(false);
    expect(clock.now()).toBe(pausedAt + 5);
  }
});
