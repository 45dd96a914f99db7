import {
  createServer,
  type Http2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from "node:http2";
import type { Socket } from "node:net";
import type { ConnectRouter } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { rpcLimits } from "./rpc-limits.ts";
import { StreamServer } from "./stream-server.ts";

/** A listening Connect server (Connect, gRPC and gRPC-Web over HTTP/2 without TLS). */
export interface RpcServer {
  readonly port: number;
  /**
   * Stops listening, ends every connection and resolves when all are gone. Calls
   * under way have `graceMs` to end, so that last answers still reach the caller.
   */
  close(graceMs?: number): Promise<void>;
}

/** A port that is ours already, while what it serves is still being made. */
export interface ReservedRpcServer extends RpcServer {
  /** Calls that come earlier are answered UNAVAILABLE. */
  serve(routes: (router: ConnectRouter) => void): void;
}

type Handler = (request: Http2ServerRequest, response: Http2ServerResponse) => void;

/** Rejects with the system's error (code EADDRINUSE, EACCES, ...) if it cannot listen. */
export async function serveRpc(options: {
  host: string;
  port: number;
  routes: (router: ConnectRouter) => void;
}): Promise<RpcServer> {
  const server = await reserveRpc(options);
  server.serve(options.routes);
  return server;
}

/**
 * Listens at once and serves later. A process that owns files takes its port
 * first: a second process of the same configuration then ends before it
 * touches them. Rejects like serveRpc.
 */
export async function reserveRpc(options: { host: string; port: number }): Promise<ReservedRpcServer> {
  let handler: Handler = (_request, response) => response.writeHead(503).end();
  const server = createServer({ settings: { initialWindowSize: rpcLimits.windowBytes } }, (request, response) =>
    handler(request, response),
  );
  const connections = trackConnections(server);
  await listen(server, options.host, options.port);
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : options.port;
  const serve = (routes: (router: ConnectRouter) => void): void => {
    // Nothing is compressed: on a local network that costs more time than it saves.
    const streams = new StreamServer();
    const others = connectNodeAdapter({
      routes: (router) => routes(streams.listenTo(router)),
      readMaxBytes: rpcLimits.messageBytesMax,
      acceptCompression: [],
    });
    handler = (request, response) => {
      if (!streams.take(request)) others(request, response);
    };
  };
  const close = async (graceMs = 0): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const session of connections.sessions) session.close();
    const grace = setTimeout(() => {
      for (const socket of connections.sockets) socket.destroy();
    }, graceMs);
    await closed;
    clearTimeout(grace);
  };
  return { port, serve, close };
}

/** What is connected now. */
interface Connections {
  readonly sessions: ReadonlySet<ServerHttp2Session>;
  /**
   * Below the sessions: only when the socket itself closes do callers see an
   * error. A destroyed session ends its streams as if all had been said; a unary
   * caller without a deadline then waits for ever.
   */
  readonly sockets: ReadonlySet<Socket>;
}

function trackConnections(server: Http2Server): Connections {
  const sessions = new Set<ServerHttp2Session>();
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  server.on("session", (session) => {
    sessions.add(session);
    session.setLocalWindowSize(rpcLimits.windowBytes);
    session.once("close", () => sessions.delete(session));
    // A broken or malformed connection ends by itself; its calls see it.
    session.on("error", () => session.destroy());
  });
  return { sessions, sockets };
}

function listen(server: Http2Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}
