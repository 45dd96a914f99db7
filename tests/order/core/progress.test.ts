import { describe, expect, test } from "bun:test";
import { Progress } from "../../../services/order/core/progress.ts";
import type { PropagateReply } from "../../../services/order/core/types.ts";
import { index, term } from "./names.ts";

function reply(durable: number, more: Partial<PropagateReply> = {}): PropagateReply {
  return {
    type: "propagate-reply",
    term: term(1),
    sequence: 1,
    durableIndex: index(durable),
    gap: false,
    voter: true,
    catalogReachable: true,
    ...more,
  };
}

const sent = { last: index(100), sequence: 7 };

describe("what a leader knows of a follower", () => {
  test("only grows: late answers take nothing back", () => {
    const progress = new Progress(index(11), 0);
    progress.onReply(reply(8, { sequence: 3 }), 10, sent, 4);
    progress.onReply(reply(5, { sequence: 2 }), 20, sent, 4);
    expect(progress.match).toBe(index(8));
    expect(progress.sequence).toBe(3);
  });

  test("knows it alive by what is new: an answer that comes late, or twice, is no sign of life", () => {
    const progress = new Progress(index(11), 0);
    progress.onReply(reply(8, { sequence: 3 }), 10, sent, 4);
    progress.onReply(reply(5, { sequence: 2 }), 20, sent, 4);
    progress.onReply(reply(8, { sequence: 3 }), 30, sent, 4);
    expect(progress.heardAtMs).toBe(10);
    progress.onReply(reply(8, { sequence: 4 }), 40, sent, 4);
    expect(progress.heardAtMs).toBe(40);
  });

  test("never sends again what is acknowledged", () => {
    const progress = new Progress(index(3), 0);
    progress.onReply(reply(8), 10, sent, 4);
    expect(progress.next).toBe(index(9));
  });

  test("goes back to what is acknowledged when the stream is lost", () => {
    const progress = new Progress(index(11), 0);
    progress.onReply(reply(8), 10, sent, 4);
    progress.next = index(50);
    progress.onLost();
    expect(progress.next).toBe(index(9));
  });
});

describe("a gap", () => {
  test("that is long is left to the follower to fetch", () => {
    const progress = new Progress(index(90), 0);
    progress.onReply(reply(10, { gap: true, sequence: 2 }), 10, sent, 20);
    expect(progress.catchingUp).toBe(true);
  });

  test("that is short is sent again", () => {
    const progress = new Progress(index(100), 0);
    progress.onReply(reply(90, { gap: true, sequence: 2 }), 10, sent, 20);
    expect(progress.catchingUp).toBe(false);
    expect(progress.next).toBe(index(91));
  });

  test("is over when the follower says so, and older answers do not bring it back", () => {
    const progress = new Progress(index(100), 0);
    progress.onReply(reply(10, { gap: true, sequence: 2 }), 10, sent, 20);
    progress.onReply(reply(95, { sequence: 6 }), 20, sent, 20);
    expect(progress.catchingUp).toBe(false);
    progress.next = index(101);
    progress.onReply(reply(95, { gap: true, sequence: 7 }), 30, sent, 20);
    expect(progress.catchingUp).toBe(false);
    expect(progress.next).toBe(index(101));
  });
});

test("a wiped follower starts from nothing and does not count", () => {
  const progress = new Progress(index(11), 0);
  progress.onReply(reply(10), 10, sent, 4);
  progress.reset();
  expect(progress).toMatchObject({ match: 0, voter: false, catchingUp: true });
});
