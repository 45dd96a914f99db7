import type { Http2Stream } from "node:http2";

interface Ends {
  /** All messages are written. */
  readonly onEnd: () => void;
  /** They ended with an error, or one could not be encoded. */
  readonly onError: (error: unknown) => void;
}

/** Writes each message as it comes, no faster than the stream takes them. A stream that closes takes no more. */
export function writeAll<T>(
  stream: Http2Stream,
  messages: AsyncIterable<T>,
  encode: (message: T) => Buffer,
  { onEnd, onError }: Ends,
): void {
  const iterator = messages[Symbol.asyncIterator]();
  const next = (): void => void iterator.next().then(write).catch(onError);
  const write = (result: IteratorResult<T, unknown>): void => {
    if (stream.closed || stream.destroyed) return;
    if (result.done === true) onEnd();
    else if (stream.write(encode(result.value))) next();
    else stream.once("drain", next);
  };
  stream.once("close", () => void iterator.return?.().catch(() => undefined));
  next();
}
