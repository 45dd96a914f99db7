import type { Transport } from "@connectrpc/connect";
import { createConnectTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { rpcLimits } from "../../lib/rpc-server.ts";

/** A way to one server; in tests it needs no socket. */
export interface Connection {
  readonly transport: Transport;
  /** Ends every call under way; the next one connects anew. */
  reset(): void;
}

/**
 * HTTP/2 without TLS, connected at first use. A connection to a machine that
 * vanished stays open for minutes, and one that is being made waits ever longer
 * between its attempts: whoever hears nothing resets it.
 */
export function connect(host: string, port: number): Connection {
  const name = host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
  const baseUrl = `http://${name}:${port}`;
  const sessions = new Http2SessionManager(baseUrl);
  const transport = createConnectTransport({
    baseUrl,
    httpVersion: "2",
    useBinaryFormat: true,
    sessionManager: sessions,
    readMaxBytes: rpcLimits.messageBytesMax,
  });
  return { transport, reset: () => sessions.abort() };
}
