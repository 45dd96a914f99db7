import type { Transport } from "@connectrpc/connect";
import { createConnectTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { addressOf } from "./address.ts";
import { rpcLimits } from "./rpc-limits.ts";
import { openStream } from "./stream-client.ts";

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
export function connectTo(host: string, port: number): Connection {
  return connectToAddress(addressOf(host, port));
}

/** `address`: host and port, as in a URL. */
export function connectToAddress(address: string): Connection {
  const baseUrl = `http://${address}`;
  const sessionManager = new Http2SessionManager(baseUrl, undefined, {
    settings: { initialWindowSize: rpcLimits.windowBytes },
  });
  const connect = createConnectTransport({
    baseUrl,
    httpVersion: "2",
    useBinaryFormat: true,
    sessionManager,
    readMaxBytes: rpcLimits.messageBytesMax,
  });
  const transport: Transport = {
    unary: (...call) => connect.unary(...call),
    stream: (method, signal, timeoutMs, header, input, values) =>
      timeoutMs === undefined && method.methodKind === "bidi_streaming"
        ? openStream(sessionManager, method, signal, header, input)
        : connect.stream(method, signal, timeoutMs, header, input, values),
  };
  return { transport, reset: () => sessionManager.abort() };
}
