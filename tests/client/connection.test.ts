import { describe, expect, test } from "bun:test";
import { type Connection, TcpConnection } from "../../services/client/connection.ts";

const look = { method: "GET", path: "/products/Tux" } as const;

/** A server that answers each request on a connection with the next text of a list; undefined: it closes. */
function startScripted(replies: readonly (string | undefined)[]) {
  const seen = { connections: 0, bytes: "" };
  const received = Promise.withResolvers<undefined>();
  let next = 0;
  const listener = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open: () => void seen.connections++,
      data(socket, bytes) {
        seen.bytes += bytes.toString();
        received.resolve(undefined);
        const reply = replies[next++];
        if (reply === undefined) socket.end();
        else socket.write(reply);
      },
    },
  });
  return { port: listener.port, seen, received: received.promise, [Symbol.dispose]: () => listener.stop(true) };
}

/** A connection whose time stands still unless moved. */
function connectTo(port: number): { connection: Connection; time: { nowMs: number } } {
  const time = { nowMs: 0 };
  const target = { host: "127.0.0.1", port, timeoutMs: 1_000 };
  return { connection: new TcpConnection(target, { now: () => time.nowMs }), time };
}

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const last = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok";

describe("a connection", () => {
  test("is kept for the next request", async () => {
    using server = startScripted([ok, ok, ok]);
    const { connection } = connectTo(server.port);
    for (let i = 0; i < 3; i++) expect(await connection.send(look)).toMatchObject({ status: 200, body: "ok" });
    expect(server.seen.connections).toBe(1);
    connection.close();
  });

  test("writes a complete HTTP/1.1 request, with its length in bytes", async () => {
    using server = startScripted([ok]);
    const { connection } = connectTo(server.port);
    await connection.send({ method: "POST", path: "/orders", body: '{"name":"Bär"}', idempotencyKey: "k1" });
    const head = `POST /orders HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nIdempotency-Key: k1\r\n`;
    const rest = 'Content-Type: application/json\r\nContent-Length: 15\r\n\r\n{"name":"Bär"}';
    expect(server.seen.bytes).toBe(head + rest);
    connection.close();
  });

  test("that the server closed is opened again for the next request", async () => {
    using server = startScripted([last, undefined, ok]);
    const { connection } = connectTo(server.port);
    expect(await connection.send(look)).toMatchObject({ status: 200 });
    expect(await connection.send(look)).toEqual({ failure: "connection lost" });
    expect(await connection.send(look)).toMatchObject({ status: 200 });
    expect(server.seen.connections).toBe(3);
    connection.close();
  });

  test("gives up a request that waits too long, and its late reply is no one's", async () => {
    using server = startScripted(["HTTP/1.1 200 OK\r\n", ok]);
    const { connection, time } = connectTo(server.port);
    const slow = connection.send(look);
    await server.received;
    connection.expire();
    time.nowMs = 1_000;
    connection.expire();
    expect(await slow).toEqual({ failure: "timed out" });
    expect(await connection.send(look)).toMatchObject({ body: "ok" });
    expect(server.seen.connections).toBe(2);
    connection.close();
  });

  test.each([["not HTTP\r\n\r\n"], [`${ok}HTTP/1.1 200 OK`]])("drops a server that answers %p", async (reply) => {
    using server = startScripted([reply]);
    const { connection } = connectTo(server.port);
    expect(await connection.send(look)).toEqual({ failure: "malformed reply" });
    connection.close();
  });

  test("to nobody is unreachable", async () => {
    const server = startScripted([]);
    server[Symbol.dispose]();
    expect(await connectTo(server.port).connection.send(look)).toEqual({ failure: "unreachable" });
  });
});
