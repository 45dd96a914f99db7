import { BodyReader } from "./body.ts";
import { internalErrorReply, toResponse } from "./replies.ts";
import { type Handlers, makeRoutes } from "./routes.ts";

const httpLimits = {
  bodyBytesMax: 64 * 1024,
  bodyTimeoutMs: 10_000,
  /** Bun ends a request with a longer body by itself, without our JSON. */
  bodyBytesReadByBunMax: 8 * 1024 * 1024,
  idleTimeoutS: 10,
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
  /** Accepts nothing more and resolves when what is under way is answered, or its time is over. */
  stop(): Promise<void>;
}

/** Throws the system's error (code EADDRINUSE, EACCES, ...) if it cannot listen. */
export function serveHttp(options: HttpServerOptions): HttpServer {
  const limits = { bytesMax: httpLimits.bodyBytesMax, timeoutMs: httpLimits.bodyTimeoutMs };
  const bodies = new BodyReader(limits, options.now);
  const server = Bun.serve({
    hostname: options.host,
    port: options.port,
    reusePort: options.reusePort,
    idleTimeout: httpLimits.idleTimeoutS,
    maxRequestBodySize: httpLimits.bodyBytesReadByBunMax,
    fetch: makeRoutes({ ...options, bodies }),
    error: (error) => {
      options.onError(error);
      return toResponse(internalErrorReply());
    },
  });
  const stop = async (): Promise<void> => {
    const drained = server.stop();
    await Promise.race([drained, Bun.sleep(httpLimits.drainTimeoutMs)]);
    await server.stop(true);
  };
  return { port: server.port ?? options.port, tick: () => bodies.tick(), stop };
}
