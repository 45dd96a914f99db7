/** What is to be answered; made into a Response in one place. */
export interface Reply {
  readonly status: number;
  readonly body: string | Uint8Array<ArrayBuffer>;
  readonly headers: Readonly<Record<string, string>>;
}

const jsonHeaders = { "content-type": "application/json" };
const jsonInit = { headers: jsonHeaders };
const textHeaders = { "content-type": "text/plain; charset=utf-8" };

export function toResponse({ status, body, headers }: Reply): Response {
  // The usual case: Bun is fastest with headers that it has seen before.
  if (status === 200 && headers === jsonHeaders) return new Response(body, jsonInit);
  return new Response(body, { status, headers: { ...headers } });
}

/** Every header in one go: one added to a Response that is made already costs as much as the Response. */
export function toResponseWithKey({ status, body, headers }: Reply, key: string): Response {
  return new Response(body, { status, headers: { ...headers, "idempotency-key": key } });
}

/** 200 with a body that is JSON already. */
export function encodedReply(body: string | Uint8Array<ArrayBuffer>): Reply {
  return { status: 200, body, headers: jsonHeaders };
}

/** `{"error": {"code", "message"}}`; the code is the HTTP status. */
export function errorReply(status: number, message: string, headers: Readonly<Record<string, string>> = {}): Reply {
  const body = JSON.stringify({ error: { code: status, message } });
  return { status, body, headers: { ...jsonHeaders, ...headers } };
}

/** Certainly not executed: worth another try soon. */
export function unavailableReply(message: string): Reply {
  return errorReply(503, message, { "retry-after": "1" });
}

/** A deadline passed and the outcome is unknown. */
export function internalErrorReply(): Reply {
  return errorReply(500, "internal server error");
}

/** Lines for people and probes. */
export function textReply(status: number, lines: readonly string[]): Reply {
  return { status, body: `${lines.join("\n")}\n`, headers: textHeaders };
}
