import type { Failure, HttpRequest } from "../../../services/client/connection.ts";
import type { HttpReply } from "../../../services/client/http-reply.ts";
import type { Answer, Request } from "../../sim/clients/history.ts";

/** Keys that clients choose stand in the log with this before them. */
const namespace = "c:";

/** Keys in requests carry their namespace, as they do in the log; over REST they travel without it. */
export function toHttp(request: Request): HttpRequest {
  switch (request.type) {
    case "buy": {
      const body = JSON.stringify({ name: request.product, quantity: request.quantity });
      return { method: "POST", path: "/orders", body, idempotencyKey: bare(request.key) };
    }
    case "read":
      return { method: "GET", path: `/products/${encodeURIComponent(request.product)}` };
    case "look-up":
      return { method: "GET", path: `/orders/${request.number}` };
    case "look-up-key":
      return { method: "GET", path: `/orders?key=${encodeURIComponent(bare(request.key))}` };
    default:
      throw new Error("no such request");
  }
}

export function newKey(): string {
  return `${namespace}${crypto.randomUUID()}`;
}

/** An answer and, if it is none that was asked for, the trouble with it: "HTTP 503", "connection lost". */
export interface Heard {
  readonly answer: Answer;
  readonly trouble?: string;
}

/** What a client makes of a reply, by the contract of the REST interface. */
export function fromHttp(request: Request, reply: HttpReply | Failure): Heard {
  if ("failure" in reply) {
    const type = reply.failure === "unreachable" ? "refused" : "unknown";
    return { answer: { type }, trouble: reply.failure };
  }
  const { status, body } = reply;
  if (status === 200) {
    const answer = readData(request, body);
    return answer === undefined ? { answer: { type: "other" }, trouble: `strange reply ${body}` } : { answer };
  }
  if (status === 404 && request.type.startsWith("look-up")) return { answer: { type: "not-found" } };
  const type = status === 503 ? "refused" : status === 500 ? "unknown" : "other";
  return { answer: { type }, trouble: `HTTP ${status}` };
}

function readData(request: Request, body: string): Answer | undefined {
  const { data = {} } = JSON.parse(body) as { data?: Record<string, unknown> };
  const { order_number: ordered, number, name, quantity } = data;
  if (request.type === "buy") {
    if (typeof ordered !== "number") return undefined;
    return ordered === -1 ? { type: "out-of-stock" } : { type: "bought", number: ordered };
  }
  if (typeof quantity !== "number" || typeof name !== "string") return undefined;
  if (request.type === "read") {
    return name === request.product ? { type: "stock", quantity, version: 0, cached: false } : undefined;
  }
  return typeof number === "number" ? { type: "order", number, product: name, quantity } : undefined;
}

function bare(key: string): string {
  return key.slice(namespace.length);
}
