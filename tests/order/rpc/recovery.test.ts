import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { Code, createClient } from "@connectrpc/connect";
import { RecoveryService } from "../../../gen/toystore/recovery/v1/recovery_pb.ts";
import { connectTo } from "../../../services/lib/rpc-client.ts";
import type {
  LogIndex,
  MissingReply,
  MissingRequest,
  PeerMessage,
  PeerPosition,
  Term,
  VoteRequest,
} from "../../../services/order/core/types.ts";
import { storeHeader } from "../../../services/order/rpc/border.ts";
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

describe("an election", () => {
  const request: VoteRequest = {
    type: "vote-request",
    term,
    last: { index: 12 as LogIndex, term: 2 as Term },
    preVote: false,
    consentTerm: 0 as Term,
  };
  const given = { type: "vote-reply" as const, term, refusal: undefined, requestTerm: term, preVote: false };

  test("carries a request for a vote there and the vote back", async () => {
    one.peers.send(replica2, request);
    expect((await two.replica.next("peer")).message).toEqual(request);
    two.peers.send(replica1, given);
    expect((await one.replica.next("peer")).message).toEqual(given);
  });

  test("does not take a pre-vote for a vote", async () => {
    one.peers.send(replica2, request);
    one.peers.send(replica2, { ...request, preVote: true });
    await two.replica.next("peer");
    await two.replica.next("peer");
    const wouldGive = { ...given, preVote: true };
    two.peers.send(replica1, wouldGive);
    expect((await one.replica.next("peer")).message).toEqual(wouldGive);
    two.peers.send(replica1, given);
    expect((await one.replica.next("peer")).message).toEqual(given);
  });

  test("gives the same answer to a question that was repeated", async () => {
    one.peers.send(replica2, request);
    one.peers.send(replica2, request);
    await two.replica.next("peer");
    await two.replica.next("peer");
    two.peers.send(replica1, given);
    expect((await one.replica.next("peer")).message).toEqual(given);
    expect((await one.replica.next("peer")).message).toEqual(given);
  });

  test("goes on without the vote of a replica that is not there, and asks it again when it is", async () => {
    const { port } = two;
    await two.stopListening();
    one.peers.send(replica2, request);
    await two.listen(port);
    await until(() => {
      one.peers.send(replica2, request);
      return two.replica.rest.length > 0;
    });
    two.peers.send(replica1, given);
    expect((await one.replica.next("peer")).message).toEqual(given);
  });

  test("passes nominations on", async () => {
    one.peers.send(replica2, { type: "nominate", consentTerm: term });
    const nominated = {
      type: "peer" as const,
      from: replica1,
      message: { type: "nominate" as const, consentTerm: term },
    };
    expect(await two.replica.next("peer")).toEqual(nominated);
  });
});

describe("a replica that starts", () => {
  const position: PeerPosition = {
    term,
    last: { index: 12 as LogIndex, term: 2 as Term },
    commitIndex: 11 as LogIndex,
    hasData: true,
    storeId: "store-a",
  };
  const reply = { type: "back-online-reply" as const, position, leader: replica2, joinIndex: 13 as LogIndex };

  test("learns the others' positions, each answer to its own question", async () => {
    one.peers.send(replica2, { type: "back-online", request: 70, position, joining: false });
    const first = await two.replica.next("peer");
    one.peers.send(replica2, { type: "back-online", request: 71, position, joining: true });
    const second = await two.replica.next("peer");
    if (first.message.type !== "back-online" || second.message.type !== "back-online") throw new Error("not asked");
    expect(second.message.joining).toBe(true);
    two.peers.send(replica1, { ...reply, request: second.message.request });
    expect((await one.replica.next("peer")).message).toEqual({ ...reply, request: 71 });
    two.peers.send(replica1, { ...reply, request: first.message.request, joinIndex: undefined });
    expect((await one.replica.next("peer")).message).toEqual({ ...reply, request: 70, joinIndex: undefined });
  });

  test("may ask without a store of its own, and do nothing else", async () => {
    one.replica.present = { ...one.replica.present, storeId: undefined };
    const empty = { ...position, hasData: false, storeId: undefined };
    one.peers.send(replica2, { type: "back-online", request: 70, position: empty, joining: false });
    expect((await two.replica.next("peer")).message).toMatchObject({ type: "back-online", position: empty });
    one.peers.send(replica2, heartbeat(term));
    await until(() => one.notices.messages.length > 0);
    expect(one.notices.messages).toEqual(["error: a replica refuses what is sent to it"]);
    expect(two.replica.rest).toEqual([]);
  });
});

describe("a replica that is behind", () => {
  const request: MissingRequest = {
    type: "missing-request",
    term,
    previous: { index: 12 as LogIndex, term: 2 as Term },
    entriesMax: 4096,
    sequence: 1,
  };
  const range: MissingReply = {
    type: "missing-reply",
    term,
    sequence: 1,
    previous: request.previous,
    entries: [entry],
    commitIndex: 11 as LogIndex,
    end: false,
    conflict: undefined,
  };

  test("fetches range after range on one stream, up to the explicit end", async () => {
    one.peers.send(replica2, request);
    expect((await two.replica.next("peer")).message).toEqual(request);
    two.peers.send(replica1, range);
    expect((await one.replica.next("peer")).message).toEqual(range);
    one.peers.send(replica2, { ...request, sequence: 2 });
    await two.replica.next("peer");
    const last = { ...range, sequence: 2, entries: [], end: true };
    two.peers.send(replica1, last);
    expect((await one.replica.next("peer")).message).toEqual(last);
  });

  test("asks anew on another stream after the end", async () => {
    one.peers.send(replica2, request);
    await two.replica.next("peer");
    two.peers.send(replica1, { ...range, end: true });
    await one.replica.next("peer");
    one.peers.send(replica2, { ...request, sequence: 2 });
    expect((await two.replica.next("peer")).message).toEqual({ ...request, sequence: 2 });
    const conflict = { ...range, sequence: 2, entries: [], conflict: { backTo: 5 as LogIndex } };
    two.peers.send(replica1, conflict);
    expect((await one.replica.next("peer")).message).toEqual(conflict);
  });
});

describe("who is let in", () => {
  test("not a replica of another store, and both operators are told once", async () => {
    two.replica.present = { ...two.replica.present, storeId: "store-b" };
    for (let round = 0; round < 2; round++) {
      one.peers.send(replica2, { type: "nominate", consentTerm: term });
      one.peers.send(replica2, heartbeat(round as Term));
    }
    await until(() => one.notices.messages.length > 0 && two.notices.messages.length > 0);
    expect(two.notices.messages).toEqual(["error: refused a replica of another store"]);
    expect(one.notices.messages).toEqual(["error: a replica refuses what is sent to it"]);
    expect(two.replica.rest).toEqual([]);
  });

  test("not one with the receiver's own id", async () => {
    expect(await errorOf(nominateAs(2))).toMatchObject({ code: Code.InvalidArgument });
    expect(two.notices.messages).toEqual(["error: another process has this replica's COMPONENT_ID"]);
  });

  test("not one that is no replica", async () => {
    expect(await errorOf(nominateAs(4))).toMatchObject({ code: Code.InvalidArgument });
    expect(two.replica.rest).toEqual([]);
  });
});

const heartbeat = (inTerm: Term): PeerMessage => ({
  type: "propagate",
  term: inTerm,
  previous: { index: 12 as LogIndex, term: 2 as Term },
  entries: [],
  commitIndex: 11 as LogIndex,
  sequence: 1,
});

/** What somebody says who takes himself for this replica. */
async function nominateAs(fromId: number): Promise<void> {
  const stranger = connectTo("127.0.0.1", two.port);
  const client = createClient(RecoveryService, stranger.transport);
  try {
    await client.nominate({ fromId, consentTerm: 0n }, { headers: { [storeHeader]: "store-a" } });
  } finally {
    stranger.reset();
  }
}
