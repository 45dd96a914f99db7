import { Code, type ConnectError } from "@connectrpc/connect";

/** What node:http2 says of a server on its way out, for which Connect knows no better name than Internal. */
const leaving: ReadonlySet<unknown> = new Set(["ERR_HTTP2_GOAWAY_SESSION", "ERR_HTTP2_STREAM_CANCEL"]);

/**
 * The server is not there, or went away in the middle: no fault of what was
 * sent. A killed server shows as Canceled, a refused connection as Unavailable,
 * one that vanished as the deadline, one that stops in order as a GOAWAY, and one
 * call in a hundred that it leaves unanswered as a cancelled stream.
 */
export function isGone(error: ConnectError): boolean {
  switch (error.code) {
    case Code.Canceled:
    case Code.Unavailable:
    case Code.Aborted:
    case Code.DeadlineExceeded:
      return true;
    case Code.Internal:
      return error.cause instanceof Error && "code" in error.cause && leaving.has(error.cause.code);
    default:
      return false;
  }
}
