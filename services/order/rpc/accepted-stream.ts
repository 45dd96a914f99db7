import { ConnectError } from "@connectrpc/connect";
import { PushQueue } from "../../lib/push-queue.ts";

export interface AcceptedStreamOptions<In, Out> {
  /** Bound of the summed weights of what is not sent yet; beyond it the stream ends with `overflow`. */
  readonly weightMax: number;
  readonly overflow: ConnectError;
  /** An error thrown here ends the stream and goes to the other side. */
  readonly onMessage: (message: In, stream: AcceptedStream<In, Out>) => void;
  /** The other side sends no more; unless given, the stream then ends. */
  readonly onLastMessage?: () => void;
  /** Called once, when nothing can be sent any more. */
  readonly onClosed: () => void;
}

/**
 * The server's end of a bidi stream. That the other side is gone is learned from
 * whichever tells first: the request's end, its error, or the aborted signal; a
 * response that waits for a vanished reader's window would never tell.
 */
export class AcceptedStream<In, Out> {
  private readonly queue: PushQueue<Out>;
  private closed = false;

  constructor(private readonly options: AcceptedStreamOptions<In, Out>) {
    this.queue = new PushQueue(options.weightMax);
  }

  /** Nothing waits to be sent. */
  get isIdle(): boolean {
    return this.queue.size === 0;
  }

  /** `signal` is aborted when the stream is over, however it ends. */
  serve(messages: AsyncIterable<In>, signal: AbortSignal): AsyncIterable<Out> {
    signal.addEventListener("abort", () => this.close(), { once: true });
    void this.read(messages);
    return this.queue;
  }

  /** Not waiting. What does not fit closes the stream. */
  send(message: Out, weight = 1): void {
    if (!this.closed && !this.queue.push(message, weight)) this.close(this.options.overflow);
  }

  /** Ends the stream after what is queued, or, with an error, at once. */
  close(error?: ConnectError): void {
    if (error !== undefined) this.queue.fail(error);
    this.queue.end();
    if (this.closed) return;
    this.closed = true;
    this.options.onClosed();
  }

  /** Never rejects: how it ends is told to the other side, or comes from there. */
  private async read(messages: AsyncIterable<In>): Promise<void> {
    try {
      for await (const message of messages) {
        if (this.closed) return;
        this.options.onMessage(message, this);
      }
      if (this.options.onLastMessage === undefined) this.close();
      else this.options.onLastMessage();
    } catch (error) {
      this.close(ConnectError.from(error));
    }
  }
}
