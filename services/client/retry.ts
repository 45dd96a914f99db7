import type { Clock } from "../lib/clock.ts";
import type { Connection, Failure, HttpRequest } from "./connection.ts";
import type { HttpReply } from "./http-reply.ts";

/** When a failed request is sent again. */
export interface RetryPolicy {
  /** Counted from the first attempt; 0: never again. */
  readonly forMs: number;
  readonly firstPauseMs: number;
  readonly pauseMaxMs: number;
}

export const retryDefaults = { firstPauseMs: 20, pauseMaxMs: 500 };

/** What a retry needs of the world. */
export interface RetryWorld {
  readonly clock: Clock;
  readonly pause: (ms: number) => Promise<void>;
  /** True: make no further attempt. */
  readonly stopped: () => boolean;
  /** Called with why the last attempt failed. */
  readonly onRetry: (kind: string) => void;
}

/**
 * Sends a request until it is answered or its time is up; then the last failure
 * is the result. Reads may always be repeated; a purchase may because every
 * attempt carries the same idempotency key.
 */
export async function sendWithRetry(
  connection: Connection,
  request: HttpRequest,
  policy: RetryPolicy,
  world: RetryWorld,
): Promise<HttpReply | Failure> {
  const endMs = world.clock.now() + policy.forMs;
  for (let pauseMs = policy.firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, policy.pauseMaxMs)) {
    const result = await connection.send(request);
    if (!isTransient(result) || world.stopped()) return result;
    const leftMs = endMs - world.clock.now();
    if (leftMs <= 0) return result;
    await world.pause(Math.min(pauseMs, leftMs));
    if (world.stopped()) return result;
    world.onRetry("failure" in result ? result.failure : `HTTP ${result.status}`);
  }
}

/** Broken connections, and the statuses by which a server or a proxy says "not now". */
function isTransient(result: HttpReply | Failure): boolean {
  if ("failure" in result) return result.failure !== "malformed reply";
  return result.status === 500 || (result.status >= 502 && result.status <= 504);
}
