import { BodyReader } from "./body.ts";
import { internalErrorReply, toResponse } from "./replies.ts";
import { type Handlers, makeRoutes } from "./routes.ts";

const httpLimits = {
  bodyBytesMax: 64 * 1024,
  bodyTimeoutMs: 10_000,
  /** Bun ends a request with a longer body by itself, without our JSON. */
  bodyBytesReadByBunMax: 8 * 1024 * 1024,
  /** Bun counts in steps of four seconds: this closes after 12 to 16 s, and 10 would after 8 to 12. */
  idleTimeoutS: 13,
  idleMostMs: 16_000,
  /** At the end clients have so long to come once more and hear that they have to connect anew. */
  farewellMs: 500,
  /** What is under way at the end may take this long. */
  drainTimeoutMs: 3000,
};

export interface HttpServerOptions extends Omit<Handlers, "bodies"> {
  readonly host: string;
  readonly port: number;
  /** Another front-end on this machine may listen on the same port; the kernel shares connections out. */
  readonly reusePort: boolean;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** An error that no handler expected. */
  readonly onError: (error: Error) => void;
}

export interface HttpServer {
  readonly port: number;
  /** Time has passed. */
  tick(): void;
  /**
   * Answers everything for a moment more, telling each client to close its
   * connection, so that none is closed under a request; then accepts nothing and
   * resolves when what is under way is answered, or its time is over.
   */
  stop(): Promise<void>;
}

/** Throws the system's error (code EADDRINUSE, EACCES, ...) if it cannot listen. */
export function serveHttp(options: HttpServerOptions): HttpServer {
  const limits = { bytesMax: httpLimits.bodyBytesMax, timeoutMs: httpLimits.bodyTimeoutMs };
  const bodies = new BodyReader(limits, options.now);
  const routes = makeRoutes({ ...options, bodies });
  let isStopping = false;
  let requestedAtMs = Number.NEGATIVE_INFINITY;
  const handle = (request: Request): Response | Promise<Response> => {
    requestedAtMs = options.now();
    return isStopping ? takeLeave(routes(request)) : routes(request);
  };
  const server = Bun.serve({
    hostname: options.host,
    port: options.port,
    reusePort: options.reusePort,
    idleTimeout: httpLimits.idleTimeoutS,
    maxRequestBodySize: httpLimits.bodyBytesReadByBunMax,
    fetch: handle,
    error: (error) => {
      options.onError(error);
      return toResponse(internalErrorReply());
    },
  });
  const stop = async (): Promise<void> => {
    isStopping = true;
    // Longer ago than any connection stays open without a request: there is nobody to tell.
    const isAlone = options.now() - requestedAtMs > httpLimits.idleMostMs;
    if (!isAlone) await Bun.sleep(httpLimits.farewellMs);
    const drained = server.stop();
    await Promise.race([drained, Bun.sleep(httpLimits.drainTimeoutMs)]);
    await server.stop(true);
  };
  return { port: server.port ?? options.port, tick: () => bodies.tick(), stop };
}

/** The last reply on its connection. */
async function takeLeave(reply: Response | Promise<Response>): Promise<Response> {
  const response = await reply;
  response.headers.set("connection", "close");
  return response;
}
