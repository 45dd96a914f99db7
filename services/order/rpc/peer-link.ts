import { type CallOptions, type Client, ConnectError, createClient } from "@connectrpc/connect";
import pLimit, { type LimitFunction } from "p-limit";
import {
  type MissingLogsRequest,
  type PropagateRequest,
  RecoveryService,
} from "../../../gen/toystore/recovery/v1/recovery_pb.ts";
import { type Duplex, openDuplex } from "../../lib/duplex.ts";
import type { Connection } from "../../lib/rpc-client.ts";
import type {
  BackOnline,
  MissingRequest,
  PeerMessage,
  Propagate,
  ReplicaId,
  Term,
  VoteRequest,
} from "../core/types.ts";
import { storeHeader } from "./border.ts";
import { isGone } from "./gone.ts";
import type { RpcLimits } from "./limits.ts";
import type { Notice, Replica } from "./replica.ts";
import {
  fromBackOnlineResponse,
  fromMissingResponse,
  fromPropagateResponse,
  fromVoteResponse,
  toBackOnlineRequest,
  toMissingRequest,
  toPropagateRequest,
  toVoteRequest,
} from "./translate/peer-messages.ts";

export interface PeerLinkOptions {
  readonly own: ReplicaId;
  readonly peer: ReplicaId;
  readonly connection: Connection;
  readonly replica: Replica;
  readonly limits: RpcLimits;
  readonly notice: Notice;
}

/**
 * What this replica asks of one other. Nothing here waits: unary calls go out
 * side by side, streams take what fits in their queues, and what is lost is lost.
 */
export class PeerLink {
  private readonly client: Client<typeof RecoveryService>;
  private readonly limit: LimitFunction;
  private propagation: { readonly term: Term; readonly stream: Duplex<PropagateRequest> } | undefined;
  /** The stream to the follower ended, and no beat has come since. */
  private rests = false;
  private fetch: Duplex<MissingLogsRequest> | undefined;
  private fetchIdleBeats = 0;
  /** Something was sent since the peer was last heard. */
  private asked = false;
  private silentBeats = 0;
  private complaint = "";

  constructor(private readonly options: PeerLinkOptions) {
    this.client = createClient(RecoveryService, options.connection.transport);
    this.limit = pLimit(options.limits.peerCallsMax);
  }

  /**
   * On the stream of this term, which the first message of the term opens. Once
   * the stream has ended nothing goes out until the next beat. The core is told at
   * once, so that it waits for somebody else, and again then: it sends everything
   * anew each time, which would otherwise knock at a dead peer's port as fast as it
   * can refuse.
   */
  propagate(message: Propagate): void {
    if (this.rests) return;
    if (this.propagation?.term !== message.term) {
      this.propagation?.stream.close();
      this.propagation = { term: message.term, stream: this.openPropagation() };
    }
    this.asked = true;
    const request = toPropagateRequest(this.options.own, message);
    this.propagation.stream.send(request, 1 + message.entries.length);
  }

  fetchMissing(message: MissingRequest): void {
    this.fetch ??= this.openFetch();
    this.fetchIdleBeats = 0;
    this.asked = true;
    this.fetch.send(toMissingRequest(this.options.own, message));
  }

  askVote(message: VoteRequest): void {
    const request = toVoteRequest(this.options.own, message);
    const { voteTimeoutMs } = this.options.limits;
    this.ask(async () => fromVoteResponse(await this.client.requestVote(request, this.callOptions(voteTimeoutMs))));
  }

  askPosition(message: BackOnline): void {
    const request = toBackOnlineRequest(this.options.own, message);
    const { backOnlineTimeoutMs } = this.options.limits;
    this.ask(async () => {
      const response = await this.client.backOnline(request, this.callOptions(backOnlineTimeoutMs));
      return fromBackOnlineResponse(response, message.request);
    });
  }

  nominate(consentTerm: Term): void {
    const request = { fromId: this.options.own, consentTerm: BigInt(consentTerm) };
    this.ask(async () => {
      await this.client.nominate(request, this.callOptions(this.options.limits.voteTimeoutMs));
      return undefined;
    });
  }

  /**
   * A peer that was asked and says nothing gets a new connection. Whether it is
   * dead is not decided here: its streams end, and the core sends anew.
   */
  beat(): void {
    const { peerSilentBeatsMax, idleBeatsMax } = this.options.limits;
    this.rest(false);
    if (this.fetch !== undefined && ++this.fetchIdleBeats > idleBeatsMax) this.closeFetch();
    this.silentBeats = this.asked ? this.silentBeats + 1 : 0;
    if (this.silentBeats < peerSilentBeatsMax) return;
    this.heard();
    this.options.connection.reset();
  }

  close(): void {
    this.limit.clearQueue();
    this.propagation?.stream.close();
    this.closeFetch();
    this.options.connection.reset();
  }

  private openPropagation(): Duplex<PropagateRequest> {
    const { limits } = this.options;
    return openDuplex({
      transport: this.options.connection.transport,
      method: RecoveryService.method.propagate,
      headers: this.headers(),
      weightMax: limits.peerQueueEntriesMax,
      onMessage: (response) => this.take(fromPropagateResponse(response)),
      onEnd: (error) => {
        this.propagation = undefined;
        this.explain(error);
        this.rest(true);
      },
    });
  }

  private rest(rests: boolean): void {
    if (this.rests === rests) return;
    this.rests = rests;
    this.options.replica.take({ type: "follower-lost", follower: this.options.peer });
  }

  private openFetch(): Duplex<MissingLogsRequest> {
    return openDuplex({
      transport: this.options.connection.transport,
      method: RecoveryService.method.requestMissingLogs,
      headers: this.headers(),
      weightMax: this.options.limits.openQuestionsMax,
      onMessage: (response) => {
        if (response.end) this.closeFetch();
        this.take(fromMissingResponse(response));
      },
      onEnd: (error) => {
        this.fetch = undefined;
        this.explain(error);
      },
    });
  }

  private closeFetch(): void {
    this.fetch?.close();
    this.fetch = undefined;
  }

  /** A unary call, side by side with a few others; the answer may stay away. */
  private ask(call: () => Promise<PeerMessage | undefined>): void {
    if (this.limit.pendingCount >= this.options.limits.peerCallsWaitingMax) return;
    this.asked = true;
    this.limit(call).then(
      (answer) => (answer === undefined ? this.heard() : this.take(answer)),
      (error: unknown) => this.explain(ConnectError.from(error)),
    );
  }

  private take(message: PeerMessage): void {
    this.heard();
    this.complaint = "";
    this.options.replica.take({ type: "peer", from: this.options.peer, message });
  }

  private heard(): void {
    this.asked = false;
    this.silentBeats = 0;
  }

  /** A peer that is gone is no news here; one that refuses is, once. */
  private explain(error: ConnectError | undefined): void {
    if (error === undefined || isGone(error) || error.message === this.complaint) return;
    this.complaint = error.message;
    this.options.notice("error", "a replica refuses what is sent to it", {
      replica: this.options.peer,
      reason: error.message,
    });
  }

  private headers(): Record<string, string> {
    const { storeId } = this.options.replica.status();
    return storeId === undefined ? {} : { [storeHeader]: storeId };
  }

  private callOptions(timeoutMs: number): CallOptions {
    return { timeoutMs, headers: this.headers() };
  }
}
