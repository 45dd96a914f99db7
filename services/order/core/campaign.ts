import { randomBetween } from "../../lib/random.ts";
import { majority } from "./quorum.ts";
import type { Shared } from "./shared.ts";
import type { ReplicaId, Term, VoteReply, VoteRequest } from "./types.ts";
import { noTerm } from "./types.ts";

type Phase =
  | { readonly name: "pre-vote"; readonly endsAtMs: number }
  | { readonly name: "vote"; readonly endsAtMs: number }
  | { readonly name: "pause"; readonly endsAtMs: number };

export type CampaignOutcome = "undecided" | "won" | "given-up";

/**
 * One nomination: rounds of pre-vote (Ongaro's thesis, section 9.6: no term
 * changes for a candidate that cannot win) and vote, until a majority votes for
 * this replica, a leader appears, or the nomination is too old.
 */
export class Campaign {
  private phase: Phase;
  private votes = new Set<ReplicaId>();
  private readonly endsAtMs: number;
  private rounds = 0;

  constructor(
    private readonly shared: Shared,
    /** The term of a leader that consents: no pre-vote, and voters skip the lease. */
    private readonly consentTerm: Term,
  ) {
    this.endsAtMs = shared.now + shared.limits.nominationMs;
    this.phase = consentTerm === noTerm ? this.ask("pre-vote") : this.ask("vote");
  }

  onTick(): CampaignOutcome {
    const { now } = this.shared;
    if (now >= this.endsAtMs) {
      this.shared.outbox.notice("warn", "nominated, but without a majority", { rounds: this.rounds });
      return "given-up";
    }
    if (now < this.phase.endsAtMs) return "undecided";
    this.phase = this.phase.name === "pause" ? this.ask("pre-vote") : this.pause();
    return "undecided";
  }

  /** A vote, or a refusal, of the present term. */
  onReply(from: ReplicaId, reply: VoteReply): CampaignOutcome {
    if (this.phase.name === "pause") return "undecided";
    if (reply.preVote !== (this.phase.name === "pre-vote") || reply.requestTerm !== this.standsFor())
      return "undecided";
    if (reply.refusal !== undefined) return this.onRefusal(from, reply);
    this.votes.add(from);
    if (this.votes.size < majority(this.shared.members)) return "undecided";
    if (this.phase.name === "vote") return "won";
    this.phase = this.ask("vote");
    return "undecided";
  }

  /**
   * The nomination goes to one whose log is not behind. Any other reason may soon
   * be gone (a follower that has not yet noticed its leader's end): the others get
   * a moment to answer, longer with each round, and then it is asked anew.
   */
  private onRefusal(from: ReplicaId, reply: VoteReply): CampaignOutcome {
    if (reply.refusal !== "behind") {
      const momentMs = this.shared.limits.voteRefusedMs * 2 ** (this.rounds - 1);
      const endsAtMs = Math.min(this.phase.endsAtMs, this.shared.now + momentMs);
      this.phase = { ...this.phase, endsAtMs };
      return "undecided";
    }
    this.shared.outbox.send(from, { type: "nominate", consentTerm: this.consentTerm });
    return "given-up";
  }

  private ask(phase: "pre-vote" | "vote"): Phase {
    const { shared } = this;
    if (phase === "vote") shared.enterTerm((shared.term + 1) as Term, shared.id);
    this.phase = { name: phase, endsAtMs: shared.now + shared.limits.voteRoundMs };
    this.votes = new Set([shared.id]);
    this.rounds++;
    const request: VoteRequest = {
      type: "vote-request",
      term: this.standsFor(),
      last: shared.log.last,
      preVote: phase === "pre-vote",
      consentTerm: this.consentTerm,
    };
    for (const peer of shared.peers) shared.outbox.send(peer, request);
    return this.phase;
  }

  private standsFor(): Term {
    const { term } = this.shared;
    return this.phase.name === "pre-vote" ? ((term + 1) as Term) : term;
  }

  private pause(): Phase {
    const { now, limits, random } = this.shared;
    return { name: "pause", endsAtMs: now + randomBetween(random, limits.voteRetryLowMs, limits.voteRetryHighMs) };
  }
}
