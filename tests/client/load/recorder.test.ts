import { describe, expect, test } from "bun:test";
import { Recorder } from "../../../services/client/load/recorder.ts";
import { Recording } from "../../../services/client/report/recording.ts";

describe("what workers saw, second by second", () => {
  test("adds up to one timeline and one total", () => {
    const recording = new Recording(2);
    const workers = [0, 1].map(() => new Recorder((slice) => recording.take(slice)));
    for (const [i, worker] of workers.entries()) {
      worker.answer("query", 100, 110 + i);
      worker.answer("query", 1_900, 2_100);
      worker.error("buy", "HTTP 500", 2_000, 2_200);
      worker.retry("buy", "HTTP 500", 2_100);
      worker.finish();
    }
    recording.finish();
    expect(recording.timeline.map(({ second, requests }) => [second, requests.query.answered])).toEqual([
      [0, 2],
      [2, 2],
    ]);
    expect(recording.timeline[1]).toMatchObject({ errors: 2, retries: 2 });
    expect(recording.totals.query.latency.totalCount).toBe(4);
    expect(recording.totals.query.latency.maxValue / 1000).toBeCloseTo(200, 0);
    expect([recording.errors.get("buy: HTTP 500"), recording.errorsCount]).toEqual([2, 2]);
  });

  test("leaves out what began before the measured time", () => {
    const recording = new Recording(1);
    const recorder = new Recorder((slice) => recording.take(slice));
    recorder.answer("query", -5, 20);
    recorder.count("orders", -5, 20);
    recorder.answer("query", 0, 20);
    recorder.finish();
    expect([recording.totals.query.latency.totalCount, recording.orders]).toEqual([1, 0]);
    expect(recorder.lastAnswerMs).toBe(20);
  });
});
