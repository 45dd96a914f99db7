import {
  type BackOnlineRequest,
  type BackOnlineResponse,
  type MissingLogsRequest,
  type MissingLogsResponse,
  type Position,
  type PropagateRequest,
  type PropagateResponse,
  type RequestVoteRequest,
  type RequestVoteResponse,
  Refusal as WireRefusal,
} from "../../../../gen/toystore/recovery/v1/recovery_pb.ts";
import type {
  BackOnline,
  BackOnlineReply,
  MissingReply,
  MissingRequest,
  PeerPosition,
  Propagate,
  PropagateReply,
  Refusal,
  ReplicaId,
  VoteReply,
  VoteRequest,
} from "../../core/types.ts";
import { fromRuns, toRuns } from "./entries.ts";
import { malformed, toCount, toIndex, toPosition, toReplicaOrNone, toTerm } from "./numbers.ts";

// Each pair is inverse to each other, but for the sender's id, which the wire
// carries in the message and the core beside it.

// ---------------------------------------------------------------- Propagate

const requests = new WeakMap<Propagate, PropagateRequest>();

/** One message that goes to both followers is one request. */
export function toPropagateRequest(leader: ReplicaId, message: Propagate): PropagateRequest {
  const made = requests.get(message) ?? makePropagateRequest(leader, message);
  requests.set(message, made);
  return made;
}

function makePropagateRequest(leader: ReplicaId, message: Propagate): PropagateRequest {
  return {
    $typeName: "toystore.recovery.v1.PropagateRequest",
    leaderId: leader,
    term: BigInt(message.term),
    previousIndex: BigInt(message.previous.index),
    previousTerm: BigInt(message.previous.term),
    runs: toRuns(message.entries),
    commitIndex: BigInt(message.commitIndex),
    sequence: BigInt(message.sequence),
  };
}

export function fromPropagateRequest(request: PropagateRequest): Propagate {
  const previous = toPosition(request.previousIndex, request.previousTerm);
  return {
    type: "propagate",
    term: toTerm(request.term),
    previous,
    entries: fromRuns(previous.index, request.runs),
    commitIndex: toIndex(request.commitIndex),
    sequence: toCount(request.sequence),
  };
}

export function toPropagateResponse(reply: PropagateReply): PropagateResponse {
  return {
    $typeName: "toystore.recovery.v1.PropagateResponse",
    term: BigInt(reply.term),
    sequence: BigInt(reply.sequence),
    durableIndex: BigInt(reply.durableIndex),
    gap: reply.gap,
    voter: reply.voter,
    catalogReachable: reply.catalogReachable,
  };
}

export function fromPropagateResponse(response: PropagateResponse): PropagateReply {
  const { gap, voter, catalogReachable } = response;
  return {
    type: "propagate-reply",
    term: toTerm(response.term),
    sequence: toCount(response.sequence),
    durableIndex: toIndex(response.durableIndex),
    gap,
    voter,
    catalogReachable,
  };
}

// ---------------------------------------------------------------- RequestVote

export function toVoteRequest(candidate: ReplicaId, message: VoteRequest): RequestVoteRequest {
  return {
    $typeName: "toystore.recovery.v1.RequestVoteRequest",
    candidateId: candidate,
    term: BigInt(message.term),
    lastIndex: BigInt(message.last.index),
    lastTerm: BigInt(message.last.term),
    preVote: message.preVote,
    consentTerm: BigInt(message.consentTerm),
  };
}

export function fromVoteRequest(request: RequestVoteRequest): VoteRequest {
  return {
    type: "vote-request",
    term: toTerm(request.term),
    last: toPosition(request.lastIndex, request.lastTerm),
    preVote: request.preVote,
    consentTerm: toTerm(request.consentTerm),
  };
}

const wireRefusals: Readonly<Record<Refusal, WireRefusal>> = {
  behind: WireRefusal.BEHIND,
  "leader-alive": WireRefusal.LEADER_ALIVE,
  term: WireRefusal.TERM,
  joining: WireRefusal.JOINING,
};

const refusals = new Map<WireRefusal, Refusal>(
  Object.entries(wireRefusals).map(([refusal, wire]) => [wire, refusal as Refusal]),
);

export function toVoteResponse(voter: ReplicaId, reply: VoteReply): RequestVoteResponse {
  const { refusal } = reply;
  return {
    $typeName: "toystore.recovery.v1.RequestVoteResponse",
    voterId: voter,
    term: BigInt(reply.term),
    granted: refusal === undefined,
    refusal: refusal === undefined ? WireRefusal.UNSPECIFIED : wireRefusals[refusal],
    requestTerm: BigInt(reply.requestTerm),
    preVote: reply.preVote,
  };
}

/** A vote is given only by a message that says so in both fields. */
export function fromVoteResponse(response: RequestVoteResponse): VoteReply {
  const refusal = refusals.get(response.refusal);
  if (response.granted !== (refusal === undefined)) throw malformed("a vote that is both given and refused");
  return {
    type: "vote-reply",
    term: toTerm(response.term),
    refusal,
    requestTerm: toTerm(response.requestTerm),
    preVote: response.preVote,
  };
}

// ---------------------------------------------------------------- RequestMissingLogs

export function toMissingRequest(requester: ReplicaId, message: MissingRequest): MissingLogsRequest {
  return {
    $typeName: "toystore.recovery.v1.MissingLogsRequest",
    replicaId: requester,
    term: BigInt(message.term),
    previousIndex: BigInt(message.previous.index),
    previousTerm: BigInt(message.previous.term),
    maxEntries: message.entriesMax,
    sequence: BigInt(message.sequence),
  };
}

const missingEntriesDefault = 1_024;

export function fromMissingRequest(request: MissingLogsRequest): MissingRequest {
  return {
    type: "missing-request",
    term: toTerm(request.term),
    previous: toPosition(request.previousIndex, request.previousTerm),
    entriesMax: request.maxEntries === 0 ? missingEntriesDefault : request.maxEntries,
    sequence: toCount(request.sequence),
  };
}

export function toMissingResponse(responder: ReplicaId, reply: MissingReply): MissingLogsResponse {
  return {
    $typeName: "toystore.recovery.v1.MissingLogsResponse",
    replicaId: responder,
    term: BigInt(reply.term),
    sequence: BigInt(reply.sequence),
    previousIndex: BigInt(reply.previous.index),
    previousTerm: BigInt(reply.previous.term),
    runs: toRuns(reply.entries),
    commitIndex: BigInt(reply.commitIndex),
    end: reply.end,
    conflict: reply.conflict !== undefined,
    backToIndex: BigInt(reply.conflict?.backTo ?? 0),
  };
}

export function fromMissingResponse(response: MissingLogsResponse): MissingReply {
  const previous = toPosition(response.previousIndex, response.previousTerm);
  return {
    type: "missing-reply",
    term: toTerm(response.term),
    sequence: toCount(response.sequence),
    previous,
    entries: fromRuns(previous.index, response.runs),
    commitIndex: toIndex(response.commitIndex),
    end: response.end,
    conflict: response.conflict ? { backTo: toIndex(response.backToIndex) } : undefined,
  };
}

// ---------------------------------------------------------------- BackOnline

function toWirePosition(position: PeerPosition): Position {
  return {
    $typeName: "toystore.recovery.v1.Position",
    term: BigInt(position.term),
    lastIndex: BigInt(position.last.index),
    lastTerm: BigInt(position.last.term),
    commitIndex: BigInt(position.commitIndex),
    hasData: position.hasData,
    storeId: position.storeId ?? "",
  };
}

function fromWirePosition(position: Position | undefined): PeerPosition {
  if (position === undefined) throw malformed("no position");
  return {
    term: toTerm(position.term),
    last: toPosition(position.lastIndex, position.lastTerm),
    commitIndex: toIndex(position.commitIndex),
    hasData: position.hasData,
    storeId: position.storeId === "" ? undefined : position.storeId,
  };
}

/** The question's number does not travel: the call that it is asked in tells it apart. */
export function toBackOnlineRequest(sender: ReplicaId, message: BackOnline): BackOnlineRequest {
  const position = toWirePosition(message.position);
  const { joining } = message;
  return { $typeName: "toystore.recovery.v1.BackOnlineRequest", replicaId: sender, position, joining };
}

export function fromBackOnlineRequest(request: BackOnlineRequest, number: number): BackOnline {
  const { position, joining } = request;
  return { type: "back-online", request: number, position: fromWirePosition(position), joining };
}

export function toBackOnlineResponse(responder: ReplicaId, reply: BackOnlineReply): BackOnlineResponse {
  return {
    $typeName: "toystore.recovery.v1.BackOnlineResponse",
    replicaId: responder,
    position: toWirePosition(reply.position),
    leaderId: reply.leader ?? 0,
    joinIndex: BigInt(reply.joinIndex ?? 0),
  };
}

export function fromBackOnlineResponse(response: BackOnlineResponse, number: number): BackOnlineReply {
  const joinIndex = toIndex(response.joinIndex);
  return {
    type: "back-online-reply",
    request: number,
    position: fromWirePosition(response.position),
    leader: toReplicaOrNone(response.leaderId),
    joinIndex: joinIndex === 0 ? undefined : joinIndex,
  };
}
