import { expect, test } from "bun:test";
import { once } from "node:events";
import { connect } from "node:http2";
import { rpcLimits } from "../../services/lib/rpc-limits.ts";
import { serveRpc } from "../../services/lib/rpc-server.ts";

test("a client may send a large batch without waiting for leave", async () => {
  const server = await serveRpc({ host: "127.0.0.1", port: 0, routes: () => undefined });
  const session = connect(`http://127.0.0.1:${server.port}`);
  await once(session, "remoteSettings");
  expect(session.remoteSettings.initialWindowSize).toBe(rpcLimits.windowBytes);
  await new Promise((pong) => session.ping(pong));
  expect(session.state.remoteWindowSize).toBeGreaterThanOrEqual(rpcLimits.windowBytes);
  session.destroy();
  await server.close();
});
