import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { TcpConnection } from "../../../services/client/connection.ts";
import { type HttpServer, serveHttp } from "../../../services/front-end/http/server.ts";
import { systemClock } from "../../../services/lib/clock.ts";
import { type RawReply, rawRequest, sendRaw } from "../../harness/raw-http.ts";
import { FakeOrders, FakeProducts } from "./fake-backends.ts";
import { sendPipelined } from "./pipeline.ts";

let orders = new FakeOrders();
const products = new FakeProducts();
const errors: Error[] = [];

function serve(port = 0): HttpServer {
  return serveHttp({
    host: "127.0.0.1",
    port,
    reusePort: false,
    outOfStockStatus: 200,
    // Replaced for each test.
    orders: {
      get storeId() {
        return orders.storeId;
      },
      refuses: () => orders.refuses(),
      call: async (call) => await orders.call(call),
      status: () => orders.status(),
    },
    products,
    now: () => performance.now(),
    onError: (error) => void errors.push(error),
  });
}

let server: HttpServer;

beforeAll(() => {
  server = serve();
});

beforeEach(() => {
  orders = new FakeOrders();
});

afterAll(async () => {
  await server.stop();
  expect(errors).toEqual([]);
});

async function raw(bytes: string): Promise<RawReply> {
  return await sendRaw(server.port, bytes);
}

const body = '{"name":"Tux","quantity":1}';
const get = (path: string): string => rawRequest(`GET ${path} HTTP/1.1`);
const post = (headers: readonly string[], sent = ""): string => rawRequest("POST /orders HTTP/1.1", headers, sent);
const whole = post([`Content-Length: ${body.length}`], body);
const inChunks = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`;

describe("on the wire", () => {
  test("requests of one connection are answered one after the other", async () => {
    const requests = get("/products/Tux") + whole + get("/products/Nessie") + whole;
    expect(await sendPipelined(server.port, requests, 4)).toEqual([200, 200, 404, 200]);
    expect(orders.calls).toHaveLength(2);
  });

  test("what a handler did not read does not spoil the next request", async () => {
    const length = `Content-Length: ${body.length}`;
    const malformedKey = post(["Idempotency-Key: a b", length], body);
    const wrongPath = rawRequest("POST /products/Tux HTTP/1.1", [length], body);
    const requests = malformedKey + wrongPath + get("/products/Tux");
    expect(await sendPipelined(server.port, requests, 3)).toEqual([400, 405, 200]);
  });

  test("HEAD has the headers of GET and no body", async () => {
    const {
      status,
      headers,
      body: sent,
    } = await sendRaw(server.port, rawRequest("HEAD /products/Tux HTTP/1.1"), {
      quietMs: 300,
    });
    expect(status).toBe(200);
    expect(headers["content-length"]).toBe("52");
    expect(sent).toBe("");
  });

  test("a body in chunks is accepted", async () => {
    expect((await raw(post(["Transfer-Encoding: chunked"], inChunks(body)))).status).toBe(200);
    expect(orders.calls).toHaveLength(1);
  });

  const rows: readonly [string, number, string][] = [
    ["no Host", 400, "GET /products/Tux HTTP/1.1\r\n\r\n"],
    ["a malformed request line", 400, "GET\r\n\r\n"],
    ["a Content-Length that is no number", 400, post(["Content-Length: many"])],
    ["two different lengths", 400, post(["Content-Length: 2", "Content-Length: 3"], "{}")],
    ["a length and chunks", 400, post(["Content-Length: 2", "Transfer-Encoding: chunked"], "0\r\n\r\n")],
    ["a length that cuts the JSON", 400, post(["Content-Length: 5"], body.slice(0, 5))],
    ["a malformed Idempotency-Key", 400, post(["Content-Length: 2", "Idempotency-Key: a b"], "{}")],
    ["an unknown path", 404, get("/nowhere")],
    ["a method that the resource lacks", 405, rawRequest("POST /products/Tux HTTP/1.1")],
    ["neither a length nor chunks", 411, post([])],
    ["a body over 64 KiB", 413, post(["Content-Length: 65537"])],
    ["a body over what Bun takes", 413, post(["Content-Length: 99999999999"])],
    ["chunks over 64 KiB", 413, post(["Transfer-Encoding: chunked"], inChunks("x".repeat(70_000)))],
    ["a path over 4,096 bytes", 414, get(`/${"x".repeat(4096)}`)],
    ["another Content-Type", 415, post(["Content-Type: text/html", "Content-Length: 2"], "{}")],
    ["headers beyond 16 KiB", 431, rawRequest("GET / HTTP/1.1", [`X: ${"x".repeat(20_000)}`])],
    ["a request line beyond 16 KiB", 431, get(`/${"x".repeat(20_000)}`)],
    ["a method of no resource", 501, rawRequest("DELETE /orders/1 HTTP/1.1")],
    ["an unknown version", 505, rawRequest("GET /products/Tux HTTP/3.0")],
  ];
  for (const [what, status, bytes] of rows) {
    test(`${what}: ${status}, and nothing is bought`, async () => {
      expect((await raw(bytes)).status).toBe(status);
      expect(orders.calls).toEqual([]);
    });
  }

  test("a token that is no method closes the connection", async () => {
    const { status, closed } = await raw(rawRequest("BREW /products/Tux HTTP/1.1"));
    expect(status).toBeUndefined();
    expect(closed).toBe(true);
  });

  test.each([
    ["of 5 MB is too large", 413, [], 5_000_000],
    ["of 5 MB in chunks is too large", 413, ["Transfer-Encoding: chunked"], 5_000_000],
    ["of 5 MB has another Content-Type", 415, ["Content-Type: text/html"], 5_000_000],
  ] as const)(
    "a body that %s: %d, however long it takes to send, and the connection stays",
    async (_, status, more, size) => {
      const text = "x".repeat(size);
      const isChunked = more[0]?.startsWith("Transfer") === true;
      const refused = isChunked ? post(more, inChunks(text)) : post([...more, `Content-Length: ${size}`], text);
      for (let n = 0; n < 5; n++) {
        expect(await sendPipelined(server.port, refused + get("/products/Tux"), 2)).toEqual([status, 200]);
      }
      expect(orders.calls).toEqual([]);
    },
  );

  test.each([
    ["announced", ["Trailer: X-Sum"], "X-Sum: 1\r\n"],
    ["not announced", [], "X-Sum: 1\r\n"],
    ["malformed", [], "X\r\n"],
  ] as const)("a trailer that is %s: 400, and nothing is bought", async (_, more, trailer) => {
    const chunks = inChunks(body).slice(0, -2);
    expect((await raw(post(["Transfer-Encoding: chunked", ...more], `${chunks}${trailer}\r\n`))).status).toBe(400);
    await Bun.sleep(0);
    expect(orders.calls).toEqual([]);
  });

  test("a client that goes away in the middle of a body buys nothing, and others are served", async () => {
    await new Promise<void>((resolve) => {
      void Bun.connect({
        hostname: "127.0.0.1",
        port: server.port,
        socket: {
          open(socket) {
            socket.write(post(["Content-Length: 100"], body));
            socket.flush();
            socket.end();
          },
          data() {},
          close: () => resolve(),
        },
      });
    });
    expect((await raw(get("/healthz"))).status).toBe(200);
    expect(orders.calls).toEqual([]);
  });
});

describe("the end", () => {
  test("what is under way is answered, and nothing more is accepted", async () => {
    const ending = serve();
    const gate = Promise.withResolvers<void>();
    const { outcome } = orders;
    orders.call = async (call) => {
      orders.calls.push(call);
      await gate.promise;
      return outcome;
    };
    const url = `http://127.0.0.1:${ending.port}`;
    const bought = fetch(`${url}/orders`, { method: "POST", body, headers: { "content-type": "application/json" } });
    while (orders.calls.length === 0) await Bun.sleep(1);
    const stopped = ending.stop();
    gate.resolve();
    expect(await (await bought).json()).toEqual({ data: { order_number: 10 } });
    await stopped;
    expect(fetch(`${url}/healthz`)).rejects.toThrow();
  });

  test("a request that comes on an open connection meanwhile is answered, and the client told to close it", async () => {
    const ending = serve();
    const connection = new TcpConnection({ host: "127.0.0.1", port: ending.port, timeoutMs: 5_000 }, systemClock);
    const ask = () => connection.send({ method: "GET", path: "/healthz" });
    expect(await ask()).toMatchObject({ status: 200 });
    const stopped = ending.stop();
    const last = await ask();
    expect(last).toMatchObject({ status: 200 });
    expect("headers" in last && last.headers.get("connection")).toBe("close");
    await stopped;
    expect(await ask()).toEqual({ failure: "unreachable" });
    connection.close();
  });

  test("idle connections do not hold it up", async () => {
    const ending = serve();
    await (await fetch(`http://127.0.0.1:${ending.port}/healthz`)).text();
    const begun = performance.now();
    await ending.stop();
    expect(performance.now() - begun).toBeLessThan(2000);
  });
});

test("a port that is taken is an error of the system", () => {
  expect(() => serve(server.port)).toThrow(expect.objectContaining({ code: "EADDRINUSE" }));
});
