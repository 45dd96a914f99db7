import { PushQueue } from "../../lib/push-queue.ts";

/** Messages not yet taken by the connection; more means that the peer has stopped reading. */
const unsentMax = 4096;

/** This side of a bidi stream that it opened. */
export interface ClientStream<Request> {
  send(message: Request): void;
  /** Ends it from this side: no callback follows. */
  close(): void;
}

/**
 * Opens a stream and reads it until it ends. However it ends, by the peer, an
 * error, a full queue: what is unanswered then is unanswered, and that is all
 * the owner needs to know, so there is one callback for all.
 */
export function openStream<Request, Response>(
  call: (requests: AsyncIterable<Request>, options: { signal: AbortSignal }) => AsyncIterable<Response>,
  onMessage: (message: Response) => void,
  onEnd: () => void,
): ClientStream<Request> {
  const queue = new PushQueue<Request>(unsentMax);
  const abort = new AbortController();
  let isOpen = true;
  const close = (): void => {
    isOpen = false;
    queue.end();
    abort.abort();
  };
  const end = (): void => {
    if (!isOpen) return;
    close();
    onEnd();
  };
  const send = (message: Request): void => {
    if (isOpen && !queue.push(message)) end();
  };
  const read = async (): Promise<void> => {
    for await (const message of call(queue, { signal: abort.signal })) {
      if (!isOpen) return;
      onMessage(message);
    }
  };
  read().then(end, end);
  return { send, close };
}
