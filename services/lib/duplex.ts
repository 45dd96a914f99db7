import type { DescMessage, DescMethodBiDiStreaming, MessageShape } from "@bufbuild/protobuf";
import { ConnectError, type Transport } from "@connectrpc/connect";
import { PushQueue } from "./push-queue.ts";

/** This side's end of a bidi stream. */
export interface Duplex<Out> {
  /** False if the stream is over or its queue full; it is then closed, and `onEnd` has been called. */
  send(message: Out, weight?: number): boolean;
  /** Ends the stream from this side: no callback follows. */
  close(): void;
}

export interface DuplexOptions<Out extends DescMessage, In extends DescMessage> {
  readonly transport: Transport;
  readonly method: DescMethodBiDiStreaming<Out, In>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Bound of the summed weights of what is not sent yet. */
  readonly weightMax: number;
  /** An error thrown here ends the stream: what came is malformed. */
  readonly onMessage: (message: MessageShape<In>) => void;
  /** Called once, when the stream ended otherwise than by `close`. */
  readonly onEnd: (error: ConnectError | undefined) => void;
}

/** Opens a stream and reads it until it ends. Sends do not wait. */
export function openDuplex<Out extends DescMessage, In extends DescMessage>(
  options: DuplexOptions<Out, In>,
): Duplex<MessageShape<Out>> {
  const queue = new PushQueue<MessageShape<Out>>(options.weightMax);
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
    const { transport, method, headers } = options;
    const response = await transport.stream(method, abort.signal, undefined, headers, queue);
    for await (const message of response.message) {
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
