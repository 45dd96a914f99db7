import type { Shared } from "./shared.ts";
import type { Refusal, ReplicaId, VoteReply, VoteRequest } from "./types.ts";

/** Why this replica does not vote for the candidate; undefined: it does. Changes nothing. */
export function refusal(
  shared: Shared,
  candidate: ReplicaId,
  request: VoteRequest,
  leads: boolean,
): Refusal | undefined {
  if (!shared.voter) return "joining";
  if (request.term < shared.term || (request.preVote && request.term === shared.term)) return "term";
  const consented = request.consentTerm === shared.term;
  if (!consented && (leads || shared.liveLeader !== undefined)) return "leader-alive";
  if (!isUpToDate(shared, request)) return "behind";
  if (request.preVote || request.term > shared.term) return undefined;
  return shared.votedFor === undefined || shared.votedFor === candidate ? undefined : "term";
}

/** Raft, section 5.4.1: only a log that holds everything committed may win. */
function isUpToDate(shared: Shared, { last }: VoteRequest): boolean {
  const own = shared.log.last;
  return last.term > own.term || (last.term === own.term && last.index >= own.index);
}

export function voteReply(shared: Shared, request: VoteRequest, refused: Refusal | undefined): VoteReply {
  return {
    type: "vote-reply",
    term: shared.term,
    refusal: refused,
    requestTerm: request.term,
    preVote: request.preVote,
  };
}
