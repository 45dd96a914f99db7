import { Code, type ConnectError } from "@connectrpc/connect";

/**
 * The server is not there, or went away in the middle: no fault of what was
 * sent. A killed server shows as Canceled, a refused connection as Unavailable,
 * one that vanished as the deadline.
 */
export function isGone(error: ConnectError): boolean {
  switch (error.code) {
    case Code.Canceled:
    case Code.Unavailable:
    case Code.Aborted:
    case Code.DeadlineExceeded:
      return true;
    default:
      return false;
  }
}
