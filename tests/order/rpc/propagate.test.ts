import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { Code, createClient } from "@connectrpc/connect";
import { RecoveryService } from "../../../gen/toystore/recovery/v1/recovery_pb.ts";
import { connectTo } from "../../../services/lib/rpc-client.ts";
import type { LogIndex, Propagate, PropagateReply, Term } from "../../../services/order/core/types.ts";
import { storeHeader } from "../../../services/order/rpc/border.ts";
import { defaultRpcLimits } from "../../../services/order/rpc/limits.ts";
import { entry, term } from "./entry.ts";
import { errorOf, replica1, replica2, until } from "./fake-replica.ts";
import { type Side, twoSides } from "./side.ts";

let one: Side;
let two: Side;

beforeEach(async () => {
  ({ one, two } = await twoSides());
});

afterEach(async () => {
  await one.close();
  await two.close();
});

const propagate = (sequence: number, inTerm = term): Propagate => ({
  type: "propagate",
  term: inTerm,
  previous: { index: 12 as LogIndex, term: 2 as Term },
  entries: sequence === 1 ? [entry] : [],
  commitIndex: 11 as LogIndex,
  sequence,
});

const propagateReply = (sequence: number): PropagateReply => ({
  type: "propagate-reply",
  term,
  sequence,
  durableIndex: 13 as LogIndex,
  gap: false,
  voter: true,
  catalogReachable: true,
});

describe("a leader's stream", () => {
  test("carries entries to the follower and its answers back", async () => {
    one.peers.send(replica2, propagate(1));
    expect(await two.replica.next("peer")).toEqual({ type: "peer", from: replica1, message: propagate(1) });
    two.peers.send(replica1, propagateReply(1));
    expect(await one.replica.next("peer")).toEqual({ type: "peer", from: replica2, message: propagateReply(1) });
    one.peers.send(replica2, propagate(2));
    expect((await two.replica.next("peer")).message).toEqual(propagate(2));
  });

  test("that ends with the leader's process tells the follower at once", async () => {
    one.peers.send(replica2, propagate(1));
    await two.replica.next("peer");
    one.cutLink();
    expect(await two.replica.next("propagate-closed")).toEqual({ type: "propagate-closed", leader: replica1 });
  });

  test("that ends with the follower's process tells the leader at once, and on the next beat, from when on a message opens another", async () => {
    one.peers.send(replica2, propagate(1));
    await two.replica.next("peer");
    const { port } = two;
    await two.stopListening();
    await two.replica.next("propagate-closed");
    await two.listen(port);
    expect(await one.replica.next("follower-lost")).toEqual({ type: "follower-lost", follower: replica2 });
    one.peers.send(replica2, propagate(2));
    expect(one.replica.rest).toEqual([]);
    one.beat.beat();
    expect(await one.replica.next("follower-lost")).toEqual({ type: "follower-lost", follower: replica2 });
    one.peers.send(replica2, propagate(3));
    expect((await two.replica.next("peer")).message).toEqual(propagate(3));
  });

  test("to a replica that is not there is lost, and tried again after a beat only", async () => {
    await two.close();
    one.peers.send(replica2, propagate(1));
    await one.replica.next("follower-lost");
    one.peers.send(replica2, propagate(1));
    one.beat.beat();
    await one.replica.next("follower-lost");
    one.beat.beat();
    expect(one.replica.rest).toEqual([]);
    expect(one.notices.messages).toEqual([]);
  });

  test("of a later term takes the place of the earlier one, and nobody is thought gone", async () => {
    one.peers.send(replica2, propagate(1));
    await two.replica.next("peer");
    const later = propagate(1, 4 as Term);
    one.peers.send(replica2, later);
    expect((await two.replica.next("peer")).message).toEqual(later);
    two.peers.send(replica1, propagateReply(9));
    expect((await one.replica.next("peer")).message).toEqual(propagateReply(9));
    expect(one.replica.rest).toEqual([]);
  });

  test("carries messages of one sender only", async () => {
    const stranger = connectTo("127.0.0.1", two.port);
    const client = createClient(RecoveryService, stranger.transport);
    const wire = {
      $typeName: "toystore.recovery.v1.PropagateRequest" as const,
      term: 3n,
      previousIndex: 0n,
      previousTerm: 0n,
      runs: [],
      commitIndex: 0n,
      sequence: 1n,
    };
    const requests = async function* () {
      yield { ...wire, leaderId: 1 };
      await two.replica.next("peer");
      yield { ...wire, leaderId: 3 };
    };
    const answers = client.propagate(requests(), { headers: { [storeHeader]: "store-a" } });
    expect(await errorOf(drain(answers))).toMatchObject({ code: Code.InvalidArgument });
    await two.replica.next("propagate-closed");
    stranger.reset();
  });
});

test("a peer that leaves everything unanswered gets a new connection, and the stream to it is lost", async () => {
  one.peers.send(replica2, propagate(1));
  await two.replica.next("peer");
  for (let beat = 0; beat < defaultRpcLimits.peerSilentBeatsMax; beat++) one.beat.beat();
  expect((await two.replica.next("propagate-closed")).leader).toBe(replica1);
  await until(() => one.replica.rest.includes("follower-lost"));
  expect(one.replica.rest).toEqual(["follower-lost"]);
});

async function drain(messages: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of messages);
}
