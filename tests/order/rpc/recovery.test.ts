import { Code, createClient } from "@connectrpc/connect";
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { RecoveryService } from "../../../gen/toystore/recovery/v1/recovery_pb.ts";
import { type RpcServer, serveRpc } from "../../../services/lib/rpc-server.ts";
import type {
  Entry,
  LogIndex,
  MissingReply,
  MissingRequest,
  OrderNumber,
  PeerPosition,
  Propagate,
  PropagateReply,
  ReplicaId,
  Term,
  VoteRequest,
} from "../../../services/order/core/types.ts";
import { BeatSource } from "../../../services/order/rpc/beat.ts";
import { storeHeader } from "../../../services/order/rpc/border.ts";
import { connect, type Connection } from "../../../services/order/rpc/connection.ts";
import { defaultRpcLimits } from "../../../services/order/rpc/limits.ts";
import { PeerLink } from "../../../services/order/rpc/peer-link.ts";
import { Peers } from "../../../services/order/rpc/peers.ts";
import { RecoveryServer } from "../../../services/order/rpc/recovery-service.ts";
import { collectNotices, errorOf, FakeReplica, replica1, replica2, until } from "./fake-replica.ts";

/** One replica's recovery port and its way to the other, without a core. */
class Side {
  readonly replica: FakeReplica;
  readonly beat = new BeatSource();
  readonly notices = collectNotices();
  readonly service: RecoveryServer;
  server: RpcServer | undefined;
  peers: Peers | undefined;
  connection: Connection | undefined;

  constructor(readonly id: ReplicaId) {
    this.replica = new FakeReplica(id);
    this.service = new RecoveryServer(id, this.replica, defaultRpcLimits, this.notices.notice);
  }

  async listen(port = 0): Promise<number> {
    const routes = { host: "127.0.0.1", port, routes: (router: Parameters<Parameters<typeof serveRpc>[0]["routes"]>[0]) => router.service(RecoveryService, this.service) };
    this.server = await serveRpc(routes);
    return this.server.port;
  }

  dial(peer: ReplicaId, port: number): Peers {
    this.connection = connect("127.0.0.1", port);
    const { replica, notices } = this;
    const link = new PeerLink({ own: this.id, peer, connection: this.connection, replica, limits: defaultRpcLimits, notice: notices.notice });
    this.peers = new Peers(new Map([[peer, link]]), this.service, this.beat);
    return this.peers;
  }

  async close(): Promise<void> {
    this.peers?.close();
    await this.server?.close();
  }
}

let one: Side;
let two: Side;
let toTwo: Peers;
let toOne: Peers;
let portOfTwo: number;

beforeEach(async () => {
  one = new Side(replica1);
  two = new Side(replica2);
  const portOfOne = await one.listen();
  portOfTwo = await two.listen();
  toTwo = one.dial(replica2, portOfTwo);
  toOne = two.dial(replica1, portOfOne);
});

afterEach(async () => {
  await one.close();
  await two.close();
});

const term = 3 as Term;
const entry: Entry = {
  index: 13 as LogIndex,
  term,
  order: { number: 7 as OrderNumber, product: "Tux", quantity: 1, key: "u:1" },
};

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
    toTwo.send(replica2, propagate(1));
    expect(await two.replica.next("peer")).toEqual({ type: "peer", from: replica1, message: propagate(1) });
    toOne.send(replica1, propagateReply(1));
    expect(await one.replica.next("peer")).toEqual({ type: "peer", from: replica2, message: propagateReply(1) });
    toTwo.send(replica2, propagate(2));
    expect((await two.replica.next("peer")).message).toEqual(propagate(2));
  });

  test("that ends with the leader's process tells the follower at once", async () => {
    toTwo.send(replica2, propagate(1));
    await two.replica.next("peer");
    one.connection?.reset();
    expect(await two.replica.next("propagate-closed")).toEqual({ type: "propagate-closed", leader: replica1 });
  });

  test("that ends with the follower's process tells the leader on the next beat, and the next message opens another", async () => {
    toTwo.send(replica2, propagate(1));
    await two.replica.next("peer");
    await two.server?.close();
    await two.replica.next("propagate-closed");
    await two.listen(portOfTwo);
    const lost = one.replica.next("follower-lost");
    const beats = setInterval(() => one.beat.beat(), 5);
    expect(await lost).toEqual({ type: "follower-lost", follower: replica2 });
    clearInterval(beats);
    toTwo.send(replica2, propagate(2));
    expect((await two.replica.next("peer")).message).toEqual(propagate(2));
  });

  test("to a replica that is not there is lost, once for each beat", async () => {
    await two.close();
    const lost = one.replica.next("follower-lost");
    const beats = setInterval(() => one.beat.beat(), 5);
    toTwo.send(replica2, propagate(1));
    await lost;
    clearInterval(beats);
    expect(one.replica.rest).toEqual([]);
    expect(one.notices.messages).toEqual([]);
  });

  test("of a later term takes the place of the earlier one, and nobody is thought gone", async () => {
    toTwo.send(replica2, propagate(1));
    await two.replica.next("peer");
    const later = propagate(1, 4 as Term);
    toTwo.send(replica2, later);
    expect((await two.replica.next("peer")).message).toEqual(later);
    toOne.send(replica1, propagateReply(9));
    expect((await one.replica.next("peer")).message).toEqual(propagateReply(9));
    expect(one.replica.rest).toEqual([]);
  });

  test("carries messages of one sender only", async () => {
    const client = createClient(RecoveryService, connection(portOfTwo).transport);
    const wire = { $typeName: "toystore.recovery.v1.PropagateRequest" as const, term: 3n, previousIndex: 0n, previousTerm: 0n, entries: [], commitIndex: 0n, sequence: 1n };
    const requests = async function* () {
      yield { ...wire, leaderId: 1 };
      await two.replica.next("peer");
      yield { ...wire, leaderId: 3 };
    };
    const answers = client.propagate(requests(), { headers: { [storeHeader]: "store-a" } });
    expect(await errorOf(drain(answers))).toMatchObject({ code: Code.InvalidArgument });
    await two.replica.next("propagate-closed");
  });
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
    toTwo.send(replica2, request);
    expect((await two.replica.next("peer")).message).toEqual(request);
    toOne.send(replica1, given);
    expect((await one.replica.next("peer")).message).toEqual(given);
  });

  test("does not take a pre-vote for a vote", async () => {
    toTwo.send(replica2, request);
    toTwo.send(replica2, { ...request, preVote: true });
    await two.replica.next("peer");
    await two.replica.next("peer");
    const wouldGive = { ...given, preVote: true };
    toOne.send(replica1, wouldGive);
    expect((await one.replica.next("peer")).message).toEqual(wouldGive);
    toOne.send(replica1, given);
    expect((await one.replica.next("peer")).message).toEqual(given);
  });

  test("gives the same answer to a question that was repeated", async () => {
    toTwo.send(replica2, request);
    toTwo.send(replica2, request);
    await two.replica.next("peer");
    await two.replica.next("peer");
    toOne.send(replica1, given);
    expect((await one.replica.next("peer")).message).toEqual(given);
    expect((await one.replica.next("peer")).message).toEqual(given);
  });

  test("goes on without the vote of a replica that is not there", async () => {
    await two.close();
    toTwo.send(replica2, request);
    toTwo.send(replica2, { type: "nominate", consentTerm: term });
    await until(() => true);
    expect(one.replica.rest).toEqual([]);
  });

  test("passes nominations on", async () => {
    toTwo.send(replica2, { type: "nominate", consentTerm: term });
    const nominated = { type: "peer" as const, from: replica1, message: { type: "nominate" as const, consentTerm: term } };
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
    toTwo.send(replica2, { type: "back-online", request: 70, position, joining: false });
    const first = await two.replica.next("peer");
    toTwo.send(replica2, { type: "back-online", request: 71, position, joining: true });
    const second = await two.replica.next("peer");
    if (first.message.type !== "back-online" || second.message.type !== "back-online") throw new Error("not asked");
    expect(second.message.joining).toBe(true);
    toOne.send(replica1, { ...reply, request: second.message.request });
    expect((await one.replica.next("peer")).message).toEqual({ ...reply, request: 71 });
    toOne.send(replica1, { ...reply, request: first.message.request, joinIndex: undefined });
    expect((await one.replica.next("peer")).message).toEqual({ ...reply, request: 70, joinIndex: undefined });
  });

  test("may ask without a store of its own, and do nothing else", async () => {
    one.replica.present = { ...one.replica.present, storeId: undefined };
    const empty = { ...position, hasData: false, storeId: undefined };
    toTwo.send(replica2, { type: "back-online", request: 70, position: empty, joining: false });
    expect((await two.replica.next("peer")).message).toMatchObject({ type: "back-online", position: empty });
    toTwo.send(replica2, propagate(1));
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
    toTwo.send(replica2, request);
    expect((await two.replica.next("peer")).message).toEqual(request);
    toOne.send(replica1, range);
    expect((await one.replica.next("peer")).message).toEqual(range);
    toTwo.send(replica2, { ...request, sequence: 2 });
    await two.replica.next("peer");
    const last = { ...range, sequence: 2, entries: [], end: true };
    toOne.send(replica1, last);
    expect((await one.replica.next("peer")).message).toEqual(last);
  });

  test("asks anew on another stream after the end", async () => {
    toTwo.send(replica2, request);
    await two.replica.next("peer");
    toOne.send(replica1, { ...range, end: true });
    await one.replica.next("peer");
    toTwo.send(replica2, { ...request, sequence: 2 });
    expect((await two.replica.next("peer")).message).toEqual({ ...request, sequence: 2 });
    const conflict = { ...range, sequence: 2, entries: [], conflict: { backTo: 5 as LogIndex } };
    toOne.send(replica1, conflict);
    expect((await one.replica.next("peer")).message).toEqual(conflict);
  });
});

describe("who is let in", () => {
  test("not a replica of another store, and both operators are told once", async () => {
    two.replica.present = { ...two.replica.present, storeId: "store-b" };
    for (let round = 0; round < 2; round++) {
      toTwo.send(replica2, { type: "nominate", consentTerm: term });
      toTwo.send(replica2, { ...propagate(1), term: round as Term });
    }
    await until(() => one.notices.messages.length > 0 && two.notices.messages.length > 0);
    expect(two.notices.messages).toEqual(["error: refused a replica of another store"]);
    expect(one.notices.messages).toEqual(["error: a replica refuses what is sent to it"]);
    expect(two.replica.rest).toEqual([]);
  });

  test("not one with the receiver's own id", async () => {
    const client = createClient(RecoveryService, connection(portOfTwo).transport);
    const call = client.nominate({ fromId: 2, consentTerm: 0n }, { headers: { [storeHeader]: "store-a" } });
    expect(await errorOf(call)).toMatchObject({ code: Code.InvalidArgument });
    expect(two.notices.messages).toEqual(["error: another process has this replica's COMPONENT_ID"]);
  });

  test("not one that is no replica", async () => {
    const client = createClient(RecoveryService, connection(portOfTwo).transport);
    const call = client.nominate({ fromId: 4, consentTerm: 0n }, { headers: { [storeHeader]: "store-a" } });
    expect(await errorOf(call)).toMatchObject({ code: Code.InvalidArgument });
    expect(two.replica.rest).toEqual([]);
  });
});

test("a peer that leaves everything unanswered gets a new connection, and the stream to it is lost", async () => {
  toTwo.send(replica2, propagate(1));
  await two.replica.next("peer");
  for (let beat = 0; beat < defaultRpcLimits.peerSilentBeatsMax; beat++) one.beat.beat();
  expect((await two.replica.next("propagate-closed")).leader).toBe(replica1);
  await until(() => {
    one.beat.beat();
    return one.replica.rest.includes("follower-lost");
  });
  expect(one.replica.rest).toEqual(["follower-lost"]);
});

const connections: Connection[] = [];

function connection(port: number): Connection {
  const made = connect("127.0.0.1", port);
  connections.push(made);
  return made;
}

afterEach(() => {
  for (const made of connections.splice(0)) made.reset();
});

async function drain(messages: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of messages);
}
