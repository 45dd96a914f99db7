import { describe, expect, test } from "bun:test";
import { Forwarding } from "../../../services/order/core/forwarding.ts";
import type { Call, CallerId, Reply } from "../../../services/order/core/types.ts";
import { order, replica } from "./names.ts";
import { caller, effectsOf, repliesOf, sharedOf } from "./parts.ts";

const buy: Call = { type: "buy", id: 7, key: "c:1", product: "Tux", quantity: 1, budgetMs: 1000, forwarded: false };
const check: Call = { type: "check-number", id: 7, number: 1, forwarded: false };
const ok = (id: number): Reply => ({ id, call: "buy", code: "ok", order: order(0) });

describe("calls that are passed on", () => {
  test("go in one batch, marked, under ids of their own", () => {
    const shared = sharedOf();
    const forwarding = new Forwarding(shared);
    forwarding.forward(replica(2), caller, buy);
    forwarding.forward(replica(2), 2 as CallerId, check);
    forwarding.flush();
    forwarding.flush();
    expect(effectsOf(shared, "forward")).toEqual([
      {
        type: "forward",
        to: replica(2),
        calls: [
          { ...buy, id: 1, forwarded: true },
          { ...check, id: 2, forwarded: true },
        ],
      },
    ]);
  });

  test("come back to who asked, under the id that they came with, once", () => {
    const shared = sharedOf();
    const forwarding = new Forwarding(shared);
    forwarding.forward(replica(2), caller, buy);
    forwarding.onReplies(replica(3), [ok(1)]);
    expect(repliesOf(shared)).toEqual([]);
    forwarding.onReplies(replica(2), [ok(1), ok(1), ok(99)]);
    expect(repliesOf(shared)).toEqual([ok(7)]);
  });

  test("to two leaders go to each", () => {
    const shared = sharedOf();
    const forwarding = new Forwarding(shared);
    forwarding.forward(replica(2), caller, buy);
    forwarding.forward(replica(3), caller, buy);
    forwarding.flush();
    expect(effectsOf(shared, "forward").map(({ to }) => to)).toEqual([replica(2), replica(3)]);
  });

  test("have an unknown outcome when the leader is lost; a look-up changed nothing", () => {
    const shared = sharedOf();
    const forwarding = new Forwarding(shared);
    forwarding.forward(replica(2), caller, buy);
    forwarding.forward(replica(2), caller, check);
    forwarding.forward(replica(3), caller, buy);
    forwarding.onLost(replica(2));
    expect(repliesOf(shared).map(({ code }) => code)).toEqual(["unknown-outcome", "not-leader"]);
  });

  test("are given back when their leader leads no more, though its stream stands", () => {
    const shared = sharedOf();
    const forwarding = new Forwarding(shared);
    shared.leader = { id: replica(2), heardAtMs: shared.now, stands: true };
    forwarding.forward(replica(2), caller, buy);
    forwarding.onTick();
    expect(repliesOf(shared)).toEqual([]);
    shared.now += shared.limits.leaseMs;
    forwarding.onTick();
    expect(repliesOf(shared).map(({ code }) => code)).toEqual(["unknown-outcome"]);
    forwarding.onReplies(replica(2), [ok(1)]);
    forwarding.onTick();
    expect(repliesOf(shared)).toEqual([]);
    shared.leader = { id: replica(3), heardAtMs: shared.now, stands: true };
    forwarding.forward(replica(2), caller, check);
    forwarding.onTick();
    expect(repliesOf(shared).map(({ code }) => code)).toEqual(["not-leader"]);
  });

  test("are limited", () => {
    const shared = sharedOf({ limits: { forwardsMax: 1 } });
    const forwarding = new Forwarding(shared);
    forwarding.forward(replica(2), caller, buy);
    forwarding.forward(replica(2), caller, buy);
    expect(repliesOf(shared).map(({ code }) => code)).toEqual(["not-executed"]);
    forwarding.onReplies(replica(2), [ok(1)]);
    shared.outbox.take();
    forwarding.forward(replica(2), caller, buy);
    expect(repliesOf(shared)).toEqual([]);
  });
});
