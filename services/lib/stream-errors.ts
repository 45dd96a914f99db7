import { constants } from "node:http2";
import { Code, ConnectError } from "@connectrpc/connect";

const codesOfSystem: ReadonlyMap<unknown, Code> = new Map([
  ["ECONNREFUSED", Code.Unavailable],
  ["ENOTFOUND", Code.Unavailable],
  ["EAI_AGAIN", Code.Unavailable],
  ["ETIMEDOUT", Code.Unavailable],
  ["ECONNRESET", Code.Aborted],
  ["ERR_STREAM_DESTROYED", Code.Aborted],
  ["ERR_HTTP2_INVALID_STREAM", Code.Aborted],
]);

/** What the system or node:http2 reports, as connect-node would; the original is its cause. */
export function fromNodeError(error: unknown): ConnectError {
  if (error instanceof ConnectError) return error;
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  return ConnectError.from(error, codesOfSystem.get(code) ?? Code.Internal);
}

/** A stream that closed before its end was announced; HTTP/2's error codes as gRPC maps them. */
export function fromResetCode(code: number | undefined): ConnectError {
  switch (code) {
    case undefined:
    case constants.NGHTTP2_NO_ERROR:
    case constants.NGHTTP2_CANCEL:
      return new ConnectError("the stream broke off", Code.Canceled);
    case constants.NGHTTP2_REFUSED_STREAM:
      return new ConnectError("the stream was refused", Code.Unavailable);
    case constants.NGHTTP2_ENHANCE_YOUR_CALM:
      return new ConnectError("the stream was closed for its load", Code.ResourceExhausted);
    default:
      return new ConnectError(`the stream was closed with HTTP/2 code ${code}`, Code.Internal);
  }
}
