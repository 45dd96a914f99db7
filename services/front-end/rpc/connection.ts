import type { Transport } from "@connectrpc/connect";
import { createConnectTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { rpcLimits } from "../../lib/rpc-server.ts";

/** A way to one server; tests have one without sockets. */
export interface Connection {
  readonly transport: Transport;
  /** Ends what is under way on it; the next call connects anew. */
  reset(): void;
}

/**
 * HTTP/2 without TLS, connected at first use. A peer that vanished without a
 * word leaves its connection standing for minutes: whoever has waited too long
 * for an answer resets it.
 */
export function connectTo(host: string, port: number): Connection {
  const authority = host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
  const baseUrl = `http://${authority}:${port}`;
  const sessionManager = new Http2SessionManager(baseUrl);
  const transport = createConnectTransport({
    baseUrl,
    httpVersion: "2",
    useBinaryFormat: true,
    sessionManager,
    readMaxBytes: rpcLimits.messageBytesMax,
  });
  return { transport, reset: () => sessionManager.abort() };
}
