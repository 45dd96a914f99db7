import { type ClientHttp2Stream, constants, type IncomingHttpHeaders, type IncomingHttpStatusHeader } from "node:http2";
import { create, type DescMessage, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError, type StreamResponse, type Transport } from "@connectrpc/connect";
import { endStreamFromJson, requestHeader, validateResponse } from "@connectrpc/connect/protocol-connect";
import type { Http2SessionManager } from "@connectrpc/connect-node";
import { EnvelopeReader, EnvelopeTooLargeError, encodeEnvelope, envelopeFlags } from "./envelopes.ts";
import { PushQueue } from "./push-queue.ts";
import { rpcLimits } from "./rpc-limits.ts";
import { fromNodeError, fromResetCode } from "./stream-errors.ts";
import { writeAll } from "./stream-writer.ts";

type Method<I extends DescMessage, O extends DescMessage> = Parameters<Transport["stream"]>[0] & {
  readonly input: I;
  readonly output: O;
};

/**
 * Opens a bidi stream in Connect's protocol, as connect-node does, but hands each
 * message straight from the socket to its reader: connect-node's chain of async
 * generators takes several times as long for a message as HTTP/2 does.
 */
export async function openStream<I extends DescMessage, O extends DescMessage>(
  sessions: Pick<Http2SessionManager, "request">,
  method: Method<I, O>,
  signal: AbortSignal | undefined,
  header: Parameters<Transport["stream"]>[3],
  input: AsyncIterable<MessageInitShape<I>>,
): Promise<StreamResponse<I, O>> {
  const headers = Object.fromEntries(requestHeader(method.methodKind, true, undefined, header, true).entries());
  const stream = await request(sessions, `/${method.parent.typeName}/${method.name}`, headers, signal);
  const incoming = new Incoming(stream, method);
  const abort = (): void => incoming.abort(ConnectError.from(signal?.reason, Code.Canceled));
  signal?.addEventListener("abort", abort, { once: true });
  stream.once("close", () => signal?.removeEventListener("abort", abort));
  if (signal?.aborted === true) abort();
  writeAll(stream, input, (message) => encodeOnce(method.input, message), {
    onEnd: () => stream.end(),
    onError: (error) => incoming.abort(ConnectError.from(error)),
  });
  const { parent: service } = method;
  return { stream: true, service, method, header: new Headers(), trailer: new Headers(), message: incoming.messages };
}

/** What a message takes in memory, be it empty. */
const messageBytesMin = 64;

let lastEncoded: { readonly message: object; readonly bytes: Buffer } | undefined;

/** A message that goes out on several streams, one after the other, is encoded for the first. */
function encodeOnce<I extends DescMessage>(schema: I, message: MessageInitShape<I>): Buffer {
  if (lastEncoded?.message === message) return lastEncoded.bytes;
  const bytes = encodeEnvelope(0, toBinary(schema, create(schema, message)));
  lastEncoded = { message, bytes };
  return bytes;
}

/** Who is told to give up while a connection is being made does so at once; a stream that comes later is closed. */
function request(
  sessions: Pick<Http2SessionManager, "request">,
  path: string,
  headers: Record<string, string>,
  signal: AbortSignal | undefined,
): Promise<ClientHttp2Stream> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(ConnectError.from(signal?.reason, Code.Canceled));
    if (signal?.aborted === true) giveUp();
    signal?.addEventListener("abort", giveUp, { once: true });
    const settle = (act: () => void): void => {
      signal?.removeEventListener("abort", giveUp);
      act();
    };
    sessions.request("POST", path, headers, {}).then(
      (stream) => settle(() => (signal?.aborted === true ? discard(stream) : resolve(stream))),
      (error: unknown) => settle(() => reject(fromNodeError(error))),
    );
  });
}

function discard(stream: ClientHttp2Stream): void {
  stream.on("error", () => undefined);
  stream.close(constants.NGHTTP2_CANCEL);
}

/** The answering half: messages, until the end that the server announces, or the first error. */
class Incoming<I extends DescMessage, O extends DescMessage> {
  readonly messages: PushQueue<ReturnType<typeof create<O>>>;
  private readonly reader: EnvelopeReader;

  constructor(
    private readonly stream: ClientHttp2Stream,
    private readonly method: Method<I, O>,
  ) {
    this.messages = new PushQueue(Number.POSITIVE_INFINITY, () => this.stream.resume());
    this.reader = new EnvelopeReader(rpcLimits.messageBytesMax, (flags, bytes) => this.onEnvelope(flags, bytes));
    stream.on("response", (headers) => this.attempt(() => this.onResponse(headers)));
    stream.on("data", (piece: Buffer) => this.attempt(() => this.onPiece(piece)));
    stream.on("error", (error) => this.fail(fromNodeError(error)));
    stream.on("close", () => this.fail(fromResetCode(stream.rstCode)));
  }

  /** Ends the stream from this side. */
  abort(error: ConnectError): void {
    this.fail(error);
    if (!this.stream.closed) this.stream.close(constants.NGHTTP2_CANCEL);
  }

  private fail(error: ConnectError): void {
    this.messages.fail(error);
  }

  private attempt(act: () => void): void {
    try {
      act();
    } catch (error) {
      const isTooLarge = error instanceof EnvelopeTooLargeError;
      this.abort(ConnectError.from(error, isTooLarge ? Code.ResourceExhausted : Code.InvalidArgument));
    }
  }

  private onResponse(headers: IncomingHttpHeaders & IncomingHttpStatusHeader): void {
    const header = new Headers({ "content-type": headers["content-type"] ?? "" });
    validateResponse(this.method.methodKind, true, headers[":status"] ?? 0, header);
  }

  private onPiece(piece: Buffer): void {
    if (this.messages.isEnded) return;
    this.reader.push(piece);
    if (this.messages.weight > rpcLimits.unreadBytesMax) this.stream.pause();
  }

  private onEnvelope(flags: number, bytes: Buffer): void {
    if (flags === envelopeFlags.end) this.onEnd(bytes);
    else if (flags === 0) this.messages.push(fromBinary(this.method.output, bytes), bytes.length + messageBytesMin);
    else throw new ConnectError(`a message with unknown flags ${flags}`, Code.Internal);
  }

  private onEnd(bytes: Buffer): void {
    const { error } = endStreamFromJson(bytes);
    if (error === undefined) this.messages.end();
    else this.fail(error);
  }
}
