import { describe, expect, test } from "bun:test";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { CallSchema, Code, type Outcomes, ReplyBatchSchema } from "../../../gen/toystore/order/v1/order_pb.ts";
import {
  BackOnlineRequestSchema,
  BackOnlineResponseSchema,
  MissingLogsRequestSchema,
  MissingLogsResponseSchema,
  PropagateRequestSchema,
  PropagateResponseSchema,
  RequestVoteRequestSchema,
  RequestVoteResponseSchema,
} from "../../../gen/toystore/recovery/v1/recovery_pb.ts";
import type { Call, FoundOrder, OrderNumber, ReplicaId, Reply, ReplyCode } from "../../../services/order/core/types.ts";
import { fromCall, isValidCall, toForwardedCall } from "../../../services/order/rpc/translate/calls.ts";
import { toCount, toInteger } from "../../../services/order/rpc/translate/numbers.ts";
import * as peer from "../../../services/order/rpc/translate/peer-messages.ts";
import { fromReplyBatch, toReplyBatch } from "../../../services/order/rpc/translate/replies.ts";
import * as arbitrary from "./arbitrary.ts";

const self = 1 as ReplicaId;

describe("messages between replicas survive the wire", () => {
  test("Propagate", () => {
    fc.assert(
      fc.property(arbitrary.propagate, (message) => {
        const bytes = toBinary(PropagateRequestSchema, peer.toPropagateRequest(self, message));
        expect(peer.fromPropagateRequest(fromBinary(PropagateRequestSchema, bytes))).toEqual(message);
      }),
    );
  });

  test("the answer to Propagate", () => {
    fc.assert(
      fc.property(arbitrary.propagateReply, (message) => {
        const bytes = toBinary(PropagateResponseSchema, peer.toPropagateResponse(message));
        expect(peer.fromPropagateResponse(fromBinary(PropagateResponseSchema, bytes))).toEqual(message);
      }),
    );
  });

  test("RequestVote", () => {
    fc.assert(
      fc.property(arbitrary.voteRequest, (message) => {
        const bytes = toBinary(RequestVoteRequestSchema, peer.toVoteRequest(self, message));
        expect(peer.fromVoteRequest(fromBinary(RequestVoteRequestSchema, bytes))).toEqual(message);
      }),
    );
  });

  test("a vote, given or refused", () => {
    fc.assert(
      fc.property(arbitrary.voteReply, (message) => {
        const bytes = toBinary(RequestVoteResponseSchema, peer.toVoteResponse(self, message));
        expect(peer.fromVoteResponse(fromBinary(RequestVoteResponseSchema, bytes))).toEqual(message);
      }),
    );
  });

  test("RequestMissingLogs", () => {
    fc.assert(
      fc.property(arbitrary.missingRequest, (message) => {
        const bytes = toBinary(MissingLogsRequestSchema, peer.toMissingRequest(self, message));
        expect(peer.fromMissingRequest(fromBinary(MissingLogsRequestSchema, bytes))).toEqual(message);
      }),
    );
  });

  test("a range of missing entries", () => {
    fc.assert(
      fc.property(arbitrary.missingReply, (message) => {
        const bytes = toBinary(MissingLogsResponseSchema, peer.toMissingResponse(self, message));
        expect(peer.fromMissingResponse(fromBinary(MissingLogsResponseSchema, bytes))).toEqual(message);
      }),
    );
  });

  test("BackOnline, with the number that tells questions apart", () => {
    fc.assert(
      fc.property(arbitrary.backOnline, (message) => {
        const bytes = toBinary(BackOnlineRequestSchema, peer.toBackOnlineRequest(self, message));
        expect(peer.fromBackOnlineRequest(fromBinary(BackOnlineRequestSchema, bytes), message.request)).toEqual(
          message,
        );
      }),
    );
  });

  test("the answer to BackOnline", () => {
    fc.assert(
      fc.property(arbitrary.backOnlineReply, (message) => {
        const bytes = toBinary(BackOnlineResponseSchema, peer.toBackOnlineResponse(self, message));
        expect(peer.fromBackOnlineResponse(fromBinary(BackOnlineResponseSchema, bytes), message.request)).toEqual(
          message,
        );
      }),
    );
  });
});

test("a vote that is both given and refused is not a vote", () => {
  const reply = peer.toVoteResponse(
    self,
    fc.sample(
      arbitrary.voteReply.filter((vote) => vote.refusal !== undefined),
      1,
    )[0] ?? fail(),
  );
  expect(() => peer.fromVoteResponse({ ...reply, granted: true })).toThrow("both given and refused");
});

describe("calls", () => {
  test("survive being passed on to the leader", () => {
    fc.assert(
      fc.property(arbitrary.forwardedCall, (call) => {
        const passedOn = fromBinary(CallSchema, toBinary(CallSchema, toForwardedCall(call)));
        expect(fromWire(passedOn)).toEqual(call);
      }),
    );
  });

  test("are passed on with whole milliseconds, at least one, for 0 would mean the longest", () => {
    const call: Call = { type: "buy", id: 1, key: "u:1", product: "Tux", quantity: 1, budgetMs: 0.4, forwarded: false };
    expect(fromWire(toForwardedCall(call))).toMatchObject({ budgetMs: 1, forwarded: true });
  });

  test("get replies of every code back", () => {
    const codes: ReplyCode[] = [
      "out-of-stock",
      "unknown-product",
      "invalid-quantity",
      "key-reused",
      "not-leader",
      "not-executed",
      "unknown-outcome",
      "not-found",
      "invalid",
    ];
    for (const code of codes) {
      const reply: Reply = { id: 7, call: "buy", code, order: undefined };
      expect(overWire([reply], buy())).toEqual([reply]);
    }
  });

  test("get the order that was bought or found back", () => {
    fc.assert(
      fc.property(arbitrary.order, (order) => {
        const { product, quantity, key } = order;
        const bought: Reply = { id: 7, call: "buy", code: "ok", order };
        const unnamed = { number: order.number, product, quantity };
        expect(overWire([bought], buy({ product, quantity, key }))).toEqual([{ ...bought, order: unnamed }]);
        const found: Reply = { id: 7, call: "check", code: "ok", order };
        const asked: Call = { type: "check-number", id: 7, number: order.number, forwarded: true };
        expect(overWire([found], asked)).toEqual([{ ...found, order: unnamed, group: [unnamed] }]);
      }),
    );
  });

  test("many replies of all kinds come back, what was found last", () => {
    const order: FoundOrder = { number: 3 as OrderNumber, product: "Tux", quantity: 1 };
    const calls = [buy({ id: 0 }), check(1), buy({ id: 2 }), check(3)];
    const replies: Reply[] = [
      { id: 0, call: "buy", code: "not-leader", order: undefined },
      { id: 1, call: "check", code: "ok", order },
      { id: 2, call: "buy", code: "ok", order: { number: 4 as OrderNumber, product: "Tux", quantity: 1 } },
      { id: 3, call: "check", code: "not-found", order: undefined },
    ];
    const back = fromReplyBatch(wire(replies), (id) => calls[id] ?? fail());
    expect(back).toEqual([replies[0], replies[2], replies[3], { ...replies[1], group: [order] }] as Reply[]);
  });

  test("a reply of the wrong kind, or without the order that it speaks of, is malformed", () => {
    const order: FoundOrder = { number: 3 as OrderNumber, product: "Tux", quantity: 1 };
    const refused: Reply = { id: 7, call: "check", code: "not-found", order: undefined };
    expect(() => overWire([{ ...refused, code: "ok", order }], buy())).toThrow("was looked up");
    expect(() => overWire([{ ...refused, code: "ok" }], check(7))).toThrow("found no order");
    expect(() => overWire([{ ...refused, call: "buy", code: "ok" }], buy())).toThrow("not a count");
  });

  test("outcomes whose columns do not fit together, or with strange codes, are malformed", () => {
    const right: Outcomes = {
      $typeName: "toystore.order.v1.Outcomes",
      ids: [7],
      codes: [Code.OUT_OF_STOCK],
      orderNumbers: [-1n],
    };
    const wrong: Partial<Outcomes>[] = [
      { ids: [7, 8] },
      { codes: [] },
      { orderNumbers: [] },
      { codes: [Code.UNSPECIFIED] },
    ];
    for (const part of wrong) {
      const batch = { ...toReplyBatch([]), outcomes: { ...right, ...part } };
      expect(() => fromReplyBatch(batch, () => buy())).toThrow();
    }
  });
});

describe("what a caller may send", () => {
  const long = "x".repeat(132);
  test.each(["u:1", "c:~!", long])("key %p is taken", (key) => {
    expect(isValidCall(buy({ key }))).toBe(true);
    expect(isValidCall({ type: "check-key", id: 1, key, forwarded: false })).toBe(true);
  });

  test.each(["", " ", "a b", "\u00e9", "\t", "u:1\n", `${long}x`])("key %p is not", (key) => {
    expect(isValidCall(buy({ key }))).toBe(false);
    expect(isValidCall({ type: "check-key", id: 1, key, forwarded: false })).toBe(false);
  });

  test("a name has 1 to 128 characters, whatever their size", () => {
    const isTaken = (product: string): boolean => isValidCall(buy({ product }));
    expect(isTaken("Tux")).toBe(true);
    expect(isTaken("\u{1f427}".repeat(128))).toBe(true);
    expect(isTaken("")).toBe(false);
    expect(isTaken("x".repeat(129))).toBe(false);
    expect(isTaken("\u{1f427}".repeat(129))).toBe(false);
  });
});

describe("64-bit numbers", () => {
  test("of ours are exact", () => {
    expect(toCount(2n ** 53n - 1n)).toBe(Number.MAX_SAFE_INTEGER);
    expect(() => toCount(2n ** 53n)).toThrow("not a count");
  });

  test("of callers stay on their side of every range", () => {
    expect(toInteger(2n ** 63n - 1n)).toBe(Number.MAX_SAFE_INTEGER);
    expect(toInteger(-(2n ** 63n))).toBe(Number.MIN_SAFE_INTEGER);
    expect(toInteger(-1n)).toBe(-1);
  });
});

function buy(parts: Partial<Extract<Call, { type: "buy" }>> = {}): Call {
  return { type: "buy", id: 7, key: "u:1", product: "Tux", quantity: 1, budgetMs: 100, forwarded: true, ...parts };
}

function check(id: number): Call {
  return { type: "check-key", id, key: "u:1", forwarded: true };
}

function wire(replies: readonly Reply[]) {
  return fromBinary(ReplyBatchSchema, toBinary(ReplyBatchSchema, toReplyBatch(replies)));
}

/** What comes of replies that all answer one call. */
function overWire(replies: readonly Reply[], call: Call): Reply[] {
  return fromReplyBatch(wire(replies), () => call);
}

function fromWire(call: ReturnType<typeof toForwardedCall>): Call {
  return fromCall(call, 3000);
}

function fail(): never {
  throw new Error("no sample");
}
