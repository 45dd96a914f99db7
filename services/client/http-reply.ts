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

/** Headers are only taken apart for those who ask; a load generator mostly does not. */
class Reply implements HttpReply {
  constructor(
    readonly status: number,
    readonly body: string,
    private readonly head: string,
  ) {}

  get headers(): ReadonlyMap<string, string> {
    return parseHeaders(this.head.split("\r\n").slice(1));
  }
}

const statusLine = /^HTTP\/1\.([01]) (\d{3})(?: |\r|$)/;
const closes = /\r\nconnection:[ \t]*close[ \t]*(?:\r|$)/i;
const contentLength = /\r\ncontent-length:[ \t]*([^\r]*)/i;
const chunked = /\r\ntransfer-encoding:[ \t]*chunked[ \t]*(?:\r|$)/i;

/**
 * Reads one reply from the start of `bytes` (RFC 9112). A body ends by
 * Content-Length or by its last chunk; one that only ends with its connection is
 * malformed here, because it cannot be told from one that was cut off.
 */
export function parseReply(bytes: Buffer): Progress {
  const headBytes = bytes.indexOf(headerEnd);
  if (headBytes < 0) return bytes.length > replyLimits.headerBytesMax ? malformed("headers too long") : incomplete;
  const head = bytes.toString("latin1", 0, headBytes);
  const status = statusLine.exec(head);
  if (status === null) return malformed(`status line ${JSON.stringify(head.slice(0, 100))}`);
  const body = readBody(bytes, headBytes + headerEnd.length, head);
  if (body.type !== "complete") return body;
  return {
    type: "complete",
    reply: new Reply(Number(status[2]), body.text, head),
    usedBytes: body.end,
    keepAlive: status[1] === "1" && !closes.test(head),
  };
}

type Body =
  | { readonly type: "complete"; readonly text: string; readonly end: number }
  | Exclude<Progress, { readonly type: "complete" }>;

function readBody(bytes: Buffer, start: number, head: string): Body {
  const length = contentLength.exec(head)?.[1];
  if (length === undefined && chunked.test(head)) return readChunks(bytes, start);
  if (length === undefined || !/^\d{1,9}[ \t]*$/.test(length)) return malformed("no usable Content-Length");
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
