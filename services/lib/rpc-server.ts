import { createServer, type Http2Server, type ServerHttp2Session } from "node:http2";
import type { ConnectRouter } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";

/** A listening Connect server (Connect, gRPC and gRPC-Web over HTTP/2 without TLS). */
export interface RpcServer {
  readonly port: number;
  /** Stops listening, ends every connection and resolves when all are gone. */
  close(): Promise<void>;
}

/** Rejects with the system's error (code EADDRINUSE, EACCES, ...) if it cannot listen. */
export async function serveRpc(options: {
  host: string;
  port: number;
  routes: (router: ConnectRouter) => void;
}): Promise<RpcServer> {
  const sessions = new Set<ServerHttp2Session>();
  const adapter = connectNodeAdapter({ routes: options.routes, readMaxBytes: rpcLimits.messageBytesMax });
  const server = createServer(adapter);
  server.on("session", (session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
    // A broken or malformed connection ends by itself; its calls see it.
    session.on("error", () => session.destroy());
  });
  await listen(server, options.host, options.port);
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : options.port;
  const close = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const session of sessions) session.destroy();
    await closed;
  };
  return { port, close };
}

export const rpcLimits = { messageBytesMax: 16 * 1024 * 1024 };

function listen(server: Http2Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}
