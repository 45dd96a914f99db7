import { Code, type ConnectError } from "@connectrpc/connect";

/**
 * The server is not there, or went away in the middle: no fault of what was
 * sent. A killed server shows as Canceled, a refused connection as Unavailable,
 * one that vanished as the deadline, one that stops in order as a GOAWAY.
 */
export function isGone(error: ConnectError): boolean {
  switch (error.code) {
    case Code.Canceled:
    case Code.Unavailable:
    case Code.Aborted:
    case Code.DeadlineExceeded:
      return true;
    // Connect knows no better name for a call that met a server on its way out.
    case Code.Internal:
      return error.cause instanceof Error && "code" in error.cause && error.cause.code === "ERR_HTTP2_GOAWAY_SESSION";
    default:
      return false;
  }
}
