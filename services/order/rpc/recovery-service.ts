import type { HandlerContext, ServiceImpl } from "@connectrpc/connect";
import type {
  BackOnlineRequest,
  BackOnlineResponse,
  MissingLogsRequest,
  MissingLogsResponse,
  NominateRequest,
  NominateResponse,
  PropagateRequest,
  PropagateResponse,
  RecoveryService,
  RequestVoteRequest,
  RequestVoteResponse,
} from "../../../gen/toystore/recovery/v1/recovery_pb.ts";
import { unreachable } from "../../lib/assert.ts";
import type { BackOnlineReply, PeerMessage, ReplicaId, Term, VoteReply } from "../core/types.ts";
import { Border } from "./border.ts";
import type { RpcLimits } from "./limits.ts";
import { OpenQuestions } from "./open-questions.ts";
import type { Notice, Replica } from "./replica.ts";
import { StreamsOfPeers } from "./streams-of-peers.ts";
import { toTerm } from "./translate/numbers.ts";
import {
  fromBackOnlineRequest,
  fromMissingRequest,
  fromPropagateRequest,
  fromVoteRequest,
  toBackOnlineResponse,
  toMissingResponse,
  toPropagateResponse,
  toVoteResponse,
} from "./translate/peer-messages.ts";

/** Messages that answer a peer's: they go back on the call or stream that the question came on. */
export type PeerAnswer = Extract<PeerMessage, { type: `${string}-reply` }>;

/** What is served on ORDER2_PORT: messages of peers become events, answers go back. */
export class RecoveryServer implements ServiceImpl<typeof RecoveryService> {
  private readonly border: Border;
  private readonly propagations: StreamsOfPeers<PropagateRequest, PropagateResponse>;
  private readonly fetches: StreamsOfPeers<MissingLogsRequest, MissingLogsResponse>;
  private readonly votes: OpenQuestions<VoteReply>;
  private readonly positions: OpenQuestions<BackOnlineReply>;
  private positionsAsked = 0;

  constructor(
    private readonly own: ReplicaId,
    private readonly replica: Replica,
    limits: RpcLimits,
    notice: Notice,
  ) {
    this.border = new Border(own, replica, notice);
    this.propagations = new StreamsOfPeers(limits.peerQueueEntriesMax, (leader) =>
      replica.take({ type: "propagate-closed", leader }),
    );
    // Who fetches asks again when an answer stays away; its end is nothing to react to.
    this.fetches = new StreamsOfPeers(limits.peerQueueEntriesMax, () => undefined);
    this.votes = new OpenQuestions(limits.openQuestionsMax);
    this.positions = new OpenQuestions(limits.openQuestionsMax);
  }

  propagate(messages: AsyncIterable<PropagateRequest>, context: HandlerContext): AsyncIterable<PropagateResponse> {
    return this.propagations.accept(
      messages,
      context.signal,
      (request) => this.border.admit(context, request.leaderId),
      (from, request) => this.take(from, fromPropagateRequest(request)),
    );
  }

  requestMissingLogs(
    messages: AsyncIterable<MissingLogsRequest>,
    context: HandlerContext,
  ): AsyncIterable<MissingLogsResponse> {
    return this.fetches.accept(
      messages,
      context.signal,
      (request) => this.border.admit(context, request.replicaId),
      (from, request) => this.take(from, fromMissingRequest(request)),
    );
  }

  async requestVote(request: RequestVoteRequest, context: HandlerContext): Promise<RequestVoteResponse> {
    const from = this.border.admit(context, request.candidateId);
    const message = fromVoteRequest(request);
    const question = voteQuestion(from, message.term, message.preVote);
    const reply = await this.votes.ask(question, context.signal, () => this.take(from, message));
    return toVoteResponse(this.own, reply);
  }

  async backOnline(request: BackOnlineRequest, context: HandlerContext): Promise<BackOnlineResponse> {
    const from = this.border.admitNewcomer(context, request.replicaId);
    const message = fromBackOnlineRequest(request, ++this.positionsAsked);
    const question = positionQuestion(from, message.request);
    const reply = await this.positions.ask(question, context.signal, () => this.take(from, message));
    return toBackOnlineResponse(this.own, reply);
  }

  async nominate(request: NominateRequest, context: HandlerContext): Promise<NominateResponse> {
    const from = this.border.admit(context, request.fromId);
    this.take(from, { type: "nominate", consentTerm: toTerm(request.consentTerm) });
    return { $typeName: "toystore.recovery.v1.NominateResponse" };
  }

  /** An answer whose question is over is lost. */
  answer(to: ReplicaId, message: PeerAnswer): void {
    switch (message.type) {
      case "propagate-reply":
        return this.propagations.send(to, toPropagateResponse(message), 1);
      case "missing-reply":
        return this.fetches.send(to, toMissingResponse(this.own, message), 1 + message.entries.length);
      case "vote-reply":
        return this.votes.answer(voteQuestion(to, message.requestTerm, message.preVote), message);
      case "back-online-reply":
        return this.positions.answer(positionQuestion(to, message.request), message);
      default:
        return unreachable(message);
    }
  }

  /** Ends every stream of a peer. */
  close(): void {
    this.propagations.close();
    this.fetches.close();
  }

  private take(from: ReplicaId, message: PeerMessage): void {
    this.replica.take({ type: "peer", from, message });
  }
}

const voteQuestion = (from: ReplicaId, term: Term, preVote: boolean): string => `${from} ${term} ${preVote}`;
const positionQuestion = (from: ReplicaId, request: number): string => `${from} ${request}`;
