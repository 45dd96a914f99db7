const contentType = "application/json";
const jsonInit = { headers: { "content-type": contentType } };

/** 200 with a body that is JSON already. */
export function encodedReply(body: string | Uint8Array<ArrayBuffer>): Response {
  return new Response(body, jsonInit);
}

/** 200 `{"data": ...}`. */
export function dataReply(data: unknown): Response {
  return encodedReply(JSON.stringify({ data }));
}

/** `{"error": {"code", "message"}}`; the code is the HTTP status. */
export function errorReply(status: number, message: string, headers: Readonly<Record<string, string>> = {}): Response {
  const body = JSON.stringify({ error: { code: status, message } });
  return new Response(body, { status, headers: { "content-type": contentType, ...headers } });
}

/** The body was not read to its end, so the connection cannot carry another request. */
export function unreadReply(status: number, message: string): Response {
  return errorReply(status, message, { connection: "close" });
}

/** Certainly not executed: worth another try soon. */
export function unavailableReply(message: string): Response {
  return errorReply(503, message, { "retry-after": "1" });
}

/** A deadline passed and the outcome is unknown. */
export function internalErrorReply(): Response {
  return errorReply(500, "internal server error");
}

/** Lines for people and probes. */
export function textReply(status: number, lines: readonly string[]): Response {
  return new Response(`${lines.join("\n")}\n`, { status, headers: { "content-type": "text/plain; charset=utf-8" } });
}
