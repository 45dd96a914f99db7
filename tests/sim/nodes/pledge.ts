import type { PeerMessage, ReplicaId } from "../../../services/order/core/types.ts";
import type { Pledge } from "../checks/promises.ts";

/** What a message to another replica promises of this one's disk; undefined: nothing. */
export function pledgeOf(self: ReplicaId, to: ReplicaId, message: PeerMessage): Pledge | undefined {
  switch (message.type) {
    case "propagate-reply":
      return { type: "durable", index: message.durableIndex };
    case "vote-reply":
      if (message.refusal !== undefined || message.preVote) return undefined;
      return { type: "vote", term: message.requestTerm, candidate: to };
    case "vote-request":
      return message.preVote ? undefined : { type: "vote", term: message.term, candidate: self };
    default:
      return undefined;
  }
}
