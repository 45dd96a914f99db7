import type { Http2ServerRequest, IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import { create, type DescMethod, fromBinary, type Message, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError, type ConnectRouter, createHandlerContext, type HandlerContext } from "@connectrpc/connect";
import { contentTypeStreamProto, endStreamToJson } from "@connectrpc/connect/protocol-connect";
import { EnvelopeReader, EnvelopeTooLargeError, encodeEnvelope, envelopeFlags } from "./envelopes.ts";
import { PushQueue } from "./push-queue.ts";
import { rpcLimits } from "./rpc-limits.ts";
import { fromResetCode } from "./stream-errors.ts";
import { writeAll } from "./stream-writer.ts";

/** What a message takes in memory, be it empty. */
const messageBytesMin = 64;

interface Implemented {
  readonly method: DescMethod;
  readonly implementation: (messages: AsyncIterable<Message>, context: HandlerContext) => AsyncIterable<Message>;
}

/**
 * The bidi streams of a router, served without connect-node's chain of async
 * generators (see openStream), if they come in Connect's own protocol and its
 * binary format. Everything else is left to connect-node.
 */
export class StreamServer {
  private readonly methods = new Map<string, Implemented>();

  /** A router that passes everything on, and remembers bidi streams. */
  listenTo(router: ConnectRouter): ConnectRouter {
    const listening: ConnectRouter = {
      handlers: router.handlers,
      service: (service, implementations, options) => {
        for (const method of service.methods) {
          if (method.methodKind !== "bidi_streaming") continue;
          const implementation = (implementations as Record<string, unknown>)[method.localName];
          if (typeof implementation !== "function") continue;
          const bound = implementation.bind(implementations) as Implemented["implementation"];
          this.methods.set(`/${service.typeName}/${method.name}`, { method, implementation: bound });
        }
        router.service(service, implementations, options);
        return listening;
      },
      rpc: (method, implementation, options) => {
        router.rpc(method, implementation, options);
        return listening;
      },
    };
    return listening;
  }

  /** False: it is not for this server. */
  take(request: Http2ServerRequest): boolean {
    const implemented = this.methods.get(request.url);
    if (implemented === undefined || !isPlain(request.headers)) return false;
    new ServedStream(request.stream, implemented).serve(request);
    return true;
  }
}

function isPlain(headers: IncomingHttpHeaders): boolean {
  return (
    headers["content-type"] === contentTypeStreamProto &&
    headers["connect-timeout-ms"] === undefined &&
    (headers["connect-content-encoding"] ?? "identity") === "identity"
  );
}

/** One stream, from its request's headers to its end. */
class ServedStream {
  private readonly messages: PushQueue<Message>;
  private readonly reader: EnvelopeReader;
  private readonly leave = new AbortController();

  constructor(
    private readonly stream: ServerHttp2Stream,
    private readonly implemented: Implemented,
  ) {
    this.messages = new PushQueue(Number.POSITIVE_INFINITY, () => this.stream.resume());
    this.reader = new EnvelopeReader(rpcLimits.messageBytesMax, (flags, bytes) => this.onEnvelope(flags, bytes));
  }

  serve({ url, headers }: Http2ServerRequest): void {
    const { stream } = this;
    const { method } = this.implemented;
    const context = createHandlerContext({
      service: method.parent,
      method,
      protocolName: "connect",
      requestMethod: "POST",
      url,
      requestHeader: toHeaders(headers),
      requestSignal: this.leave.signal,
    });
    stream.on("data", (piece: Buffer) => this.onPiece(piece));
    stream.on("end", () => this.onLastPiece());
    // "close" follows, and says the same.
    stream.on("error", () => undefined);
    stream.on("close", () => this.onClose());
    stream.respond({ ":status": 200, "content-type": contentTypeStreamProto });
    writeAll(stream, this.call(context), (message) => this.encode(message), {
      onEnd: () => this.end(undefined),
      onError: (error) => this.end(error),
    });
  }

  /** The implementation's answers; what it throws at once is an answer, too. */
  private call(context: HandlerContext): AsyncIterable<Message> {
    try {
      return this.implemented.implementation(this.messages, context);
    } catch (error) {
      const failed = new PushQueue<Message>(0);
      failed.fail(ConnectError.from(error));
      return failed;
    }
  }

  private encode(message: Message): Buffer {
    const { output } = this.implemented.method;
    return encodeEnvelope(0, toBinary(output, create(output, message)));
  }

  /** What comes after a refusal, or after the stream's end, is taken off the wire and looked at no more. */
  private onPiece(piece: Buffer): void {
    if (this.messages.isEnded) return;
    try {
      this.reader.push(piece);
    } catch (error) {
      const isTooLarge = error instanceof EnvelopeTooLargeError;
      this.messages.fail(ConnectError.from(error, isTooLarge ? Code.ResourceExhausted : Code.InvalidArgument));
    }
    if (this.messages.weight > rpcLimits.unreadBytesMax) this.stream.pause();
  }

  private onEnvelope(flags: number, bytes: Buffer): void {
    if (flags !== 0) throw new ConnectError(`a message with flags ${flags}`, Code.InvalidArgument);
    this.messages.push(fromBinary(this.implemented.method.input, bytes), bytes.length + messageBytesMin);
  }

  private onLastPiece(): void {
    if (this.reader.isEmpty) this.messages.end();
    else this.messages.fail(new ConnectError("the request ends within a message", Code.InvalidArgument));
  }

  private onClose(): void {
    const error = fromResetCode(this.stream.rstCode);
    this.messages.fail(error);
    this.leave.abort(error);
  }

  private end(error: unknown): void {
    const { stream } = this;
    if (stream.closed || stream.destroyed) return;
    const known = error === undefined || error instanceof ConnectError ? error : internal(error);
    const json = JSON.stringify(endStreamToJson(new Headers(), known, undefined));
    stream.end(encodeEnvelope(envelopeFlags.end, Buffer.from(json)));
    this.messages.fail(new ConnectError("the stream is over", Code.Canceled));
    this.leave.abort(known);
  }
}

/** What went wrong inside is not for callers to know. */
function internal(error: unknown): ConnectError {
  return new ConnectError("internal error", Code.Internal, undefined, undefined, error);
}

function toHeaders(headers: IncomingHttpHeaders): Headers {
  const result = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith(":") || value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) result.append(name, one);
  }
  return result;
}
