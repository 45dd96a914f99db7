import { expect, test } from "bun:test";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { OrderService } from "../../../gen/toystore/order/v1/order_pb.ts";
import { connectTo } from "../../../services/lib/rpc-client.ts";
import { serveRpc } from "../../../services/lib/rpc-server.ts";
import { isGone } from "../../../services/order/rpc/gone.ts";

test.each([Code.Canceled, Code.Unavailable, Code.Aborted, Code.DeadlineExceeded])(
  "code %p: the server is gone",
  (code) => {
    expect(isGone(new ConnectError("", code))).toBe(true);
  },
);

test.each([Code.FailedPrecondition, Code.InvalidArgument, Code.Internal])("code %p: the server refuses", (code) => {
  expect(isGone(new ConnectError("", code))).toBe(false);
});

test.each(["ERR_HTTP2_GOAWAY_SESSION", "ERR_HTTP2_STREAM_CANCEL"])("cause %s: the server is gone", (code) => {
  const cause = Object.assign(new Error("The pending stream has been canceled"), { code });
  expect(isGone(new ConnectError("", Code.Internal, undefined, undefined, cause))).toBe(true);
});

test("a call that meets a server on its way out finds it gone, not refusing", async () => {
  const serving = Promise.withResolvers<void>();
  const server = await serveRpc({
    host: "127.0.0.1",
    port: 0,
    routes: (router) =>
      router.service(OrderService, {
        async ping() {
          serving.resolve();
          return await new Promise(() => undefined);
        },
      }),
  });
  const connection = connectTo("127.0.0.1", server.port);
  const client = createClient(OrderService, connection.transport);
  const ask = async (): Promise<unknown> => await client.ping({}).catch((error: unknown) => error);
  const underWay = ask();
  await serving.promise;
  const closed = server.close(200);
  const errors = [await ask(), await ask(), await underWay];
  connection.reset();
  await closed;
  expect(errors.map((error) => error instanceof ConnectError && isGone(error))).toEqual([true, true, true]);
});
