/** One reply of an HTTP/1.1 server. */
export interface HttpReply {
  readonly status: number;
  /** Names in lower case; of a repeated header the last. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

export type Progress =
  | { readonly type: "complete"; readonly reply: HttpReply; readonly usedBytes: number; readonly keepAlive: boolean }
  | { readonly type: "incomplete" }
  | { readonly type: "malformed"; readonly reason: string };

export const replyLimits = { headerBytesMax: 32 * 1024, bodyBytesMax: 4 * 1024 * 1024 };

const incomplete: Progress = { type: "incomplete" };
const headerEnd = Buffer.from("\r\n\r\n");

/**
 * Reads one reply from the start of `bytes` (RFC 9112). A body ends by
 * Content-Length or by its last chunk; one that only ends with its connection is
 * malformed here, because it cannot be told from one that was cut off.
 */
export function parseReply(bytes: Buffer): Progress {
  const headBytes = bytes.indexOf(headerEnd);
  if (headBytes < 0) return bytes.length > replyLimits.headerBytesMax ? malformed("headers too long") : incomplete;
  const [statusLine = "", ...lines] = bytes.toString("latin1", 0, headBytes).split("\r\n");
  const status = /^HTTP\/1\.([01]) (\d{3})(?: |$)/.exec(statusLine);
  if (status === null) return malformed(`status line ${JSON.stringify(statusLine.slice(0, 100))}`);
  const headers = parseHeaders(lines);
  const body = readBody(bytes, headBytes + headerEnd.length, headers);
  if (body.type !== "complete") return body;
  return {
    type: "complete",
    reply: { status: Number(status[2]), headers, body: body.text },
    usedBytes: body.end,
    keepAlive: status[1] === "1" && headers.get("connection")?.toLowerCase() !== "close",
  };
}

type Body =
  | { readonly type: "complete"; readonly text: string; readonly end: number }
  | Exclude<Progress, { readonly type: "complete" }>;

function readBody(bytes: Buffer, start: number, headers: ReadonlyMap<string, string>): Body {
  if (headers.get("transfer-encoding")?.toLowerCase() === "chunked") return readChunks(bytes, start);
  const length = headers.get("content-length");
  if (length === undefined || !/^\d{1,9}$/.test(length)) return malformed("no usable Content-Length");
  const end = start + Number(length);
  if (end - start > replyLimits.bodyBytesMax) return malformed("body too long");
  if (bytes.length < end) return { type: "incomplete" };
  return { type: "complete", text: bytes.toString("utf8", start, end), end };
}

function readChunks(bytes: Buffer, start: number): Body {
  const parts: Buffer[] = [];
  for (let at = start; at - start <= replyLimits.bodyBytesMax; ) {
    const lineEnd = bytes.indexOf("\r\n", at);
    if (lineEnd < 0) return { type: "incomplete" };
    const size = /^[0-9A-Fa-f]{1,7}/.exec(bytes.toString("latin1", at, lineEnd));
    if (size === null) return malformed("chunk without size");
    const chunkStart = lineEnd + 2;
    const chunkEnd = chunkStart + Number.parseInt(size[0], 16);
    // Two more bytes close the chunk; a last chunk with trailers is not expected from a JSON service.
    if (bytes.length < chunkEnd + 2) return { type: "incomplete" };
    if (chunkEnd === chunkStart)
      return { type: "complete", text: Buffer.concat(parts).toString("utf8"), end: chunkEnd + 2 };
    parts.push(bytes.subarray(chunkStart, chunkEnd));
    at = chunkEnd + 2;
  }
  return malformed("body too long");
}

function parseHeaders(lines: readonly string[]): Map<string, string> {
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon > 0) headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  return headers;
}

function malformed(reason: string): { readonly type: "malformed"; readonly reason: string } {
  return { type: "malformed", reason };
}
