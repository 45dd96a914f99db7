import { unreachable } from "../../lib/assert.ts";
import type { PeerMessage, ReplicaId } from "../core/types.ts";
import type { Beat } from "./beat.ts";
import type { PeerLink } from "./peer-link.ts";
import type { PeerAnswer } from "./recovery-service.ts";

/** Where answers to peers go: back on the calls that the peers made. */
export interface Answers {
  answer(to: ReplicaId, message: PeerAnswer): void;
}

/** Sorts messages: what asks goes out on our links, what answers goes back. */
export class Peers {
  constructor(
    private readonly links: ReadonlyMap<ReplicaId, PeerLink>,
    private readonly answers: Answers,
    beat: Beat,
  ) {
    beat.onBeat(() => {
      for (const link of links.values()) link.beat();
    });
  }

  send(to: ReplicaId, message: PeerMessage): void {
    const link = this.links.get(to);
    switch (message.type) {
      case "propagate":
        return link?.propagate(message);
      case "missing-request":
        return link?.fetchMissing(message);
      case "vote-request":
        return link?.askVote(message);
      case "back-online":
        return link?.askPosition(message);
      case "nominate":
        return link?.nominate(message.consentTerm);
      case "propagate-reply":
      case "missing-reply":
      case "vote-reply":
      case "back-online-reply":
        return this.answers.answer(to, message);
      default:
        return unreachable(message);
    }
  }

  close(): void {
    for (const link of this.links.values()) link.close();
  }
}
