import { describe, expect, test } from "bun:test";
import { type Progress, parseReply, replyLimits } from "../../services/client/http-reply.ts";

const plain = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n{"name":"é"}'.replace(
  "12",
  String(Buffer.byteLength('{"name":"é"}')),
);
const chunked = "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nWiki\r\n5;x=y\r\npedia\r\n0\r\n\r\n";

function parse(text: string): Progress {
  return parseReply(Buffer.from(text));
}

describe("a reply on the wire", () => {
  test("is complete with its Content-Length, counted in bytes", () => {
    expect(parse(plain)).toMatchObject({
      type: "complete",
      usedBytes: Buffer.byteLength(plain),
      keepAlive: true,
      reply: { status: 200, body: '{"name":"é"}' },
    });
  });

  test("is put together from its chunks", () => {
    expect(parse(chunked)).toMatchObject({
      type: "complete",
      usedBytes: chunked.length,
      reply: { status: 404, body: "Wikipedia" },
    });
  });

  test.each([plain, chunked])("is incomplete at every cut before its end", (text) => {
    const bytes = Buffer.from(text);
    for (let cut = 0; cut < bytes.length; cut++) expect(parseReply(bytes.subarray(0, cut)).type).toBe("incomplete");
  });

  test("leaves what follows it", () => {
    const progress = parse(`${plain}HTTP/1.1 200 OK\r\n`);
    expect(progress).toMatchObject({ type: "complete", usedBytes: Buffer.byteLength(plain) });
  });

  test("closes its connection when it says so, or speaks HTTP/1.0", () => {
    const closing = parse("HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 0\r\n\r\n");
    const old = parse("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n");
    expect([closing, old]).toMatchObject([{ keepAlive: false }, { keepAlive: false }]);
  });

  test.each([
    ["not HTTP", "SSH-2.0-OpenSSH\r\n\r\n"],
    ["no length", "HTTP/1.1 200 OK\r\n\r\n"],
    ["a negative length", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"],
    ["a length beyond the limit", `HTTP/1.1 200 OK\r\nContent-Length: ${replyLimits.bodyBytesMax + 1}\r\n\r\n`],
    ["a chunk without size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n"],
    ["headers without end", `HTTP/1.1 200 OK\r\nX: ${"x".repeat(replyLimits.headerBytesMax)}`],
  ])("%s is malformed", (_, text) => {
    expect(parse(text).type).toBe("malformed");
  });
});
