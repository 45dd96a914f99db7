import { Code, ConnectError } from "@connectrpc/connect";
import type { ReplicaId } from "../core/types.ts";
import { AcceptedStream } from "./accepted-stream.ts";
import { malformed } from "./translate/numbers.ts";

/**
 * Streams of one RPC that peers have opened here: one for each peer, the newest.
 * Who opened it is known from its first message.
 */
export class StreamsOfPeers<In, Out> {
  private readonly streams = new Map<ReplicaId, AcceptedStream<In, Out>>();

  constructor(
    private readonly weightMax: number,
    /** The valid stream of this peer has closed. */
    private readonly onClosed: (peer: ReplicaId) => void,
  ) {}

  /** `onMessage` says who sent the message and takes it; every message of a stream has one sender. */
  accept(
    messages: AsyncIterable<In>,
    signal: AbortSignal,
    senderOf: (message: In) => ReplicaId,
    onMessage: (from: ReplicaId, message: In) => void,
  ): AsyncIterable<Out> {
    let peer: ReplicaId | undefined;
    const stream: AcceptedStream<In, Out> = new AcceptedStream<In, Out>({
      weightMax: this.weightMax,
      overflow: new ConnectError("answers were not taken", Code.ResourceExhausted),
      onMessage: (message) => {
        const sender = senderOf(message);
        if (peer === undefined) this.replace(sender, stream);
        else if (peer !== sender) throw malformed(`a stream of replica ${peer} with a message of replica ${sender}`);
        peer = sender;
        onMessage(sender, message);
      },
      onClosed: () => {
        if (peer !== undefined && this.streams.get(peer) === stream) {
          this.streams.delete(peer);
          this.onClosed(peer);
        }
      },
    });
    return stream.serve(messages, signal);
  }

  /** To a peer without a stream: lost. */
  send(to: ReplicaId, message: Out, weight: number): void {
    this.streams.get(to)?.send(message, weight);
  }

  close(): void {
    for (const stream of this.streams.values()) stream.close();
  }

  /** The older stream is no longer the peer's before it closes: nobody is told that the peer is gone. */
  private replace(peer: ReplicaId, stream: AcceptedStream<In, Out>): void {
    const older = this.streams.get(peer);
    this.streams.set(peer, stream);
    older?.close();
  }
}
