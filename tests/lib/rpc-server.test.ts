import { afterEach, expect, test } from "bun:test";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { OrderService } from "../../gen/toystore/order/v1/order_pb.ts";
import { type RpcServer, reserveRpc, serveRpc } from "../../services/lib/rpc-server.ts";
import { isGone } from "../../services/order/rpc/gone.ts";

const host = "127.0.0.1";
const servers: RpcServer[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

function track<Server extends RpcServer>(server: Server): Server {
  servers.push(server);
  return server;
}

async function askTerm(port: number): Promise<bigint | ConnectError> {
  const transport = createConnectTransport({ baseUrl: `http://${host}:${port}`, httpVersion: "2" });
  return createClient(OrderService, transport)
    .ping({ pingNumber: 0 })
    .then(
      (response) => response.term,
      (error: unknown) => ConnectError.from(error),
    );
}

async function pingTerm(port: number): Promise<bigint | Code> {
  const outcome = await askTerm(port);
  return outcome instanceof ConnectError ? outcome.code : outcome;
}

test("a reserved port is unavailable until it is served", async () => {
  const server = track(await reserveRpc({ host, port: 0 }));
  expect(await pingTerm(server.port)).toBe(Code.Unavailable);
  server.serve((router) => router.service(OrderService, { ping: () => ({ term: 5n }) }));
  expect(await pingTerm(server.port)).toBe(5n);
});

test("a port that is taken is refused by its error's code", async () => {
  const server = track(await reserveRpc({ host, port: 0 }));
  const second = await serveRpc({ host, port: server.port, routes: () => undefined }).catch((error: unknown) => error);
  expect(second).toMatchObject({ code: "EADDRINUSE" });
});

test("a closing server lets a call under way end", async () => {
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<{ term: bigint }>();
  const ping = (): Promise<{ term: bigint }> => {
    asked.resolve();
    return answer.promise;
  };
  const routes: Parameters<typeof serveRpc>[0]["routes"] = (router) => router.service(OrderService, { ping });
  const server = await serveRpc({ host, port: 0, routes });
  const term = pingTerm(server.port);
  await asked.promise;
  const closed = server.close(60_000);
  answer.resolve({ term: 7n });
  expect(await term).toBe(7n);
  await closed;
});

test("a closing server does not wait longer than it was told to, and the caller is told", async () => {
  const asked = Promise.withResolvers<void>();
  const ping = (): Promise<{ term: bigint }> => {
    asked.resolve();
    return new Promise(() => undefined);
  };
  const server = await serveRpc({ host, port: 0, routes: (router) => router.service(OrderService, { ping }) });
  const outcome = askTerm(server.port);
  await asked.promise;
  await server.close();
  const error = await outcome;
  // Mostly Canceled; one in a hundred has another name for it.
  expect(error instanceof ConnectError && isGone(error)).toBe(true);
});
