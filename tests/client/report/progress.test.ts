import { describe, expect, test } from "bun:test";
import { Recorder } from "../../../services/client/load/recorder.ts";
import { Progress } from "../../../services/client/report/progress.ts";
import { Recording } from "../../../services/client/report/recording.ts";

function show(isTerminal: boolean) {
  const written: string[] = [];
  const progress = new Progress({ isTerminal, columns: 200, write: (text) => void written.push(text) });
  return { progress, written };
}

/** A recording with one second of twenty queries of 5 ms. */
function recorded(): Recording {
  const recording = new Recording(1);
  const recorder = new Recorder((slice) => recording.take(slice));
  for (let i = 0; i < 20; i++) recorder.answer("query", 500, 505);
  recorder.finish();
  recording.finish();
  return recording;
}

const state = { done: 0.5, elapsedMs: 15_000, leader: "leader: order 2, term 3" };

describe("live progress", () => {
  test("in a terminal is one line: bar, rate, p50, p99, errors, leader; an event clears it and stays", () => {
    const { progress, written } = show(true);
    progress.load(recorded(), state);
    progress.event("15.0 s: kill leader");
    expect(written[0]).toStartWith("\r\x1b[K");
    expect(written[0]).toMatch(
      /K\[#{12}\.{12}\] {2}15 s {2}20\/s {2}query p50 5\.0\d ms p99 5\.0\d ms {2}0 errors {2}leader: order 2, term 3$/,
    );
    expect(written.slice(1)).toEqual(["\r\x1b[K", "15.0 s: kill leader\n"]);
  });

  test("elsewhere is a plain line every five seconds, of the load and then of the proof", () => {
    const { progress, written } = show(false);
    for (let elapsedMs = 0; elapsedMs <= 12_000; elapsedMs += 250) progress.load(recorded(), { ...state, elapsedMs });
    for (let done = 0; done <= 6_000; done++) progress.proof(done, 6_000, done);
    expect(written.map((text) => /\] {2}(\w+:? \w+)/.exec(text)?.[1])).toEqual([
      "5 s",
      "10 s",
      "proving: 0",
      "proving: 5000",
    ]);
    expect(written.every((text) => text.endsWith("\n") && !text.includes("\x1b"))).toBeTrue();
  });
});
