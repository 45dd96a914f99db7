import { describe, expect, test } from "bun:test";
import { Confirmations } from "../../../services/order/core/confirmations.ts";
import { replica } from "./names.ts";

function confirmations(): {
  all: Confirmations;
  done: string[];
  ask: (name: string, sequence: number, without?: number) => void;
} {
  const all = new Confirmations(replica(1), 3);
  const done: string[] = [];
  const ask = (name: string, sequence: number, without?: number): void => {
    all.add(sequence, () => done.push(name), without === undefined ? undefined : replica(without));
  };
  return { all, done, ask };
}

describe("a question to a leader", () => {
  test("is confirmed by an answer to a message that was sent after it came", () => {
    const { all, done, ask } = confirmations();
    ask("early", 5);
    ask("late", 6);
    all.onSequence(replica(2), 4);
    expect(done).toEqual([]);
    all.onSequence(replica(2), 5);
    expect(done).toEqual(["early"]);
    all.onSequence(replica(3), 6);
    expect(done).toEqual(["early", "late"]);
    expect(all.size).toBe(0);
  });

  test("that excludes a replica waits for the others", () => {
    const { all, done, ask } = confirmations();
    ask("joining", 5, 3);
    all.onSequence(replica(3), 9);
    expect(done).toEqual([]);
    all.onSequence(replica(2), 5);
    expect(done).toEqual(["joining"]);
  });

  test("is not confirmed by what a replica said before it was wiped", () => {
    const { all, done, ask } = confirmations();
    all.onSequence(replica(3), 9);
    all.forget(replica(3));
    ask("question", 5);
    all.onSequence(replica(2), 4);
    expect(done).toEqual([]);
  });

  test("may raise the next one while it is answered", () => {
    const { all, done, ask } = confirmations();
    all.add(5, () => ask("next", 6), undefined);
    all.onSequence(replica(2), 5);
    expect(all.size).toBe(1);
    all.onSequence(replica(2), 6);
    expect(done).toEqual(["next"]);
  });
});
