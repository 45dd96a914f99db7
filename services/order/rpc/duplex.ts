import { type CallOptions, ConnectError } from "@connectrpc/connect";
import { PushQueue } from "../../lib/push-queue.ts";

/** This side's end of a bidi stream. */
export interface Duplex<Out> {
  /** False if the stream is over or its queue full; it is then closed, and `onEnd` has been called. */
  send(message: Out, weight?: number): boolean;
  /** Ends the stream from this side: no callback follows. */
  close(): void;
}

export interface DuplexOptions<Out, In> {
  readonly call: (requests: AsyncIterable<Out>, options: CallOptions) => AsyncIterable<In>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Bound of the summed weights of what is not sent yet. */
  readonly weightMax: number;
  /** An error thrown here ends the stream: what came is malformed. */
  readonly onMessage: (message: In) => void;
  /** Called once, when the stream ended otherwise than by `close`. */
  readonly onEnd: (error: ConnectError | undefined) => void;
}

/** Opens a stream and reads it until it ends. Sends do not wait. */
export function openDuplex<Out, In>(options: DuplexOptions<Out, In>): Duplex<Out> {
  const queue = new PushQueue<Out>(options.weightMax);
  const abort = new AbortController();
  let over = false;

  const stop = (): void => {
    over = true;
    queue.end();
    abort.abort();
  };
  const end = (error: ConnectError | undefined): void => {
    if (over) return;
    stop();
    options.onEnd(error);
  };
  const read = async (): Promise<void> => {
    const call: CallOptions = { signal: abort.signal };
    if (options.headers !== undefined) call.headers = options.headers;
    for await (const message of options.call(queue, call)) {
      if (over) return;
      options.onMessage(message);
    }
  };

  read().then(
    () => end(undefined),
    (error: unknown) => end(ConnectError.from(error)),
  );
  return {
    send(message, weight = 1) {
      if (over) return false;
      if (queue.push(message, weight)) return true;
      end(undefined);
      return false;
    },
    close() {
      if (!over) stop();
    },
  };
}
