import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { rawRequest, sendRaw } from "../harness/raw-http.ts";
import { startStore, type TestStore } from "../harness/store.ts";
import { Shopper } from "./shopper.ts";

const timeoutMs = 60_000;
const tux = '{"name":"Tux","quantity":1}';
let store: TestStore;
/** How long a connection stays open after its last reply. */
let idleMs: Promise<number>;

beforeAll(async () => {
  store = await startStore();
  idleMs = timeIdleConnection(store.restPort);
}, timeoutMs);

afterAll(async () => {
  await store.stopAll();
});

async function timeIdleConnection(port: number): Promise<number> {
  let repliedAtMs = Number.NaN;
  const closed = Promise.withResolvers<number>();
  const data = (): void => {
    repliedAtMs = performance.now();
  };
  const close = (): void => closed.resolve(performance.now() - repliedAtMs);
  const connection = await Bun.connect({ hostname: "127.0.0.1", port, socket: { data, close, error: close } });
  connection.write("GET /healthz HTTP/1.1\r\nHost: store\r\n\r\n");
  return await closed.promise;
}

/** How the store answers these bytes; the body as JSON if it is. */
async function answer(bytes: string) {
  const { status, headers, body, closed } = await sendRaw(store.restPort, bytes);
  return { status, headers, closed, json: headers["content-type"] === "application/json" ? parse(body) : undefined };
}

function parse(body: string): unknown {
  // What was sent came as bytes, each as one character.
  return JSON.parse(Buffer.from(body, "latin1").toString());
}

function get(path: string, version = "1.1"): string {
  return rawRequest(`GET ${path} HTTP/${version}`);
}

function post(body: string, headers: readonly string[] = [], path = "/orders"): string {
  const length = `Content-Length: ${Buffer.byteLength(body)}`;
  return rawRequest(`POST ${path} HTTP/1.1`, [length, ...headers], body);
}

function error(code: number, message?: string) {
  return { status: code, json: { error: { code, message: message ?? expect.any(String) } } };
}

/** Runs something, and holds that no toy was bought by it. */
async function expectNothingBought(act: () => Promise<unknown>): Promise<void> {
  using shopper = new Shopper(store.restPort);
  const before = await shopper.quantity("Tux");
  await act();
  expect(await shopper.quantity("Tux")).toBe(before);
}

describe("GET /products/NAME", () => {
  const whale = { data: { name: "Whale", price: 24.99, quantity: 100 } };
  test.each(["/products/Whale", "/products/Whale/", "/products/Whale?a=b", "/products/Wh%61le/?"])(
    "%s",
    async (path) => {
      const reply = await answer(get(path));
      expect(reply).toMatchObject({ status: 200, json: { data: { name: "Whale", quantity: 100 } } });
      expect(Object.keys((reply.json as typeof whale).data)).toEqual(["name", "price", "quantity"]);
      expect((reply.json as typeof whale).data.price).toBeNumber();
    },
  );

  test.each(["/products/Nessie", "/products/tux", "/products/", "/products/%00", "/products/%zz"])(
    "%s is 404",
    async (path) => {
      expect(await answer(get(path))).toMatchObject(error(404, "product not found"));
    },
  );
});

describe("POST /orders", () => {
  test.each([
    ["no Content-Type", []],
    ["application/json", ["Content-Type: application/json"]],
    ["a charset, in small letters", ["Content-type: application/json; charset=utf-8"]],
    ["capitals", ["CONTENT-TYPE: Application/JSON;Charset=UTF-8"]],
  ])("buys with %s", async (_, headers) => {
    const { status, json } = await answer(post(tux, headers));
    expect(status).toBe(200);
    expect(json).toEqual({ data: { order_number: expect.any(Number) } });
    expect((json as { data: { order_number: number } }).data.order_number).toBeGreaterThanOrEqual(0);
  });

  test("buys with a body in chunks, with a slash and a query, and with 64 KiB", async () => {
    const chunks = `${tux.length.toString(16)}\r\n${tux}\r\n0\r\n\r\n`;
    const sent = [
      rawRequest("POST /orders HTTP/1.1", ["Transfer-Encoding: chunked"], chunks),
      post(tux, [], "/orders/?a=b"),
      post(tux.padEnd(65_536)),
    ];
    for (const bytes of sent) {
      expect(await answer(bytes)).toMatchObject({ status: 200, json: { data: { order_number: expect.any(Number) } } });
    }
  });

  test.each(["101", "2147483647", "2147483648", "1e300", "1e999"])(
    "a quantity of %s is out of stock",
    async (quantity) => {
      await expectNothingBought(async () => {
        const { status, json } = await answer(post(`{"name":"Tux","quantity":${quantity}}`));
        expect([status, json]).toEqual([200, { data: { order_number: -1 } }]);
      });
    },
  );

  test("an unknown product is 404", async () => {
    expect(await answer(post('{"name":"Nessie","quantity":1}'))).toMatchObject(error(404, "product not found"));
  });

  test.each([
    ["a quantity of 0", '{"name":"Tux","quantity":0}'],
    ["a quantity below 0", '{"name":"Tux","quantity":-1}'],
    ["half a toy", '{"name":"Tux","quantity":1.5}'],
    ["a quantity in words", '{"name":"Tux","quantity":"1"}'],
    ["no quantity", '{"name":"Tux"}'],
    ["no name", '{"quantity":1}'],
    ["a name that is a number", '{"name":7,"quantity":1}'],
    ["a list", "[1]"],
    ["null", "null"],
    ["bad JSON", '{"name":"Tux","quantity":1'],
    ["nothing", ""],
  ])("%s is 400, and nothing is bought", async (_, body) => {
    await expectNothingBought(async () => {
      expect(await answer(post(body))).toMatchObject(error(400));
    });
  });

  test.each([
    ["another Content-Type", 415, post(tux, ["Content-Type: text/plain"])],
    ["a form", 415, post(tux, ["Content-Type: application/x-www-form-urlencoded"])],
    ["neither a length nor chunks", 411, rawRequest("POST /orders HTTP/1.1")],
    ["more than 64 KiB", 413, post(tux.padEnd(65_537))],
    ["a key with a space", 400, post(tux, ["Idempotency-Key: a b"])],
    ["a key of 129 characters", 400, post(tux, [`Idempotency-Key: ${"k".repeat(129)}`])],
  ])("%s is %d, and nothing is bought", async (_, status, bytes) => {
    await expectNothingBought(async () => {
      expect(await answer(bytes)).toMatchObject(error(status));
    });
  });
});

describe("looking orders up", () => {
  test("GET /orders/N, POST /orders/N and GET /orders?key=K show exactly number, name and quantity", async () => {
    using shopper = new Shopper(store.restPort);
    const number = await shopper.buy("Lego", 2, "looked-up");
    const order = { data: { number, name: "Lego", quantity: 2 } };
    const paths = [`/orders/${number}`, `/orders/${number}/?x`, "/orders?key=looked-up", "/orders/?key=looked-up&x"];
    for (const path of paths) expect((await shopper.get(path)).json).toEqual(order);
    expect((await shopper.post(`/orders/${number}`, "")).json).toEqual(order);
  });

  test.each(["999999999", "-1", "9007199254740993", "99999999999999999999999"])("number %s is 404", async (number) => {
    expect(await answer(get(`/orders/${number}`))).toMatchObject(error(404, "order not found"));
  });

  test.each(["one", "1.5", "1e3", "0x1"])("number %s is 400", async (number) => {
    expect(await answer(get(`/orders/${number}`))).toMatchObject(error(400));
  });

  test("a key that nobody bought with is 404", async () => {
    expect(await answer(get("/orders?key=nobody"))).toMatchObject(error(404, "order not found"));
  });
});

describe("paths, methods and what is not HTTP as we speak it", () => {
  test.each(["/", "/nowhere", "/orders/1/2", "/products/Tux/price", "/Orders"])("%s is 404", async (path) => {
    expect(await answer(get(path))).toMatchObject(error(404, "not found"));
  });

  test.each(["/products/Tux", "/healthz", "/readyz"])("POST %s is 405 and says what is allowed", async (path) => {
    const reply = await answer(post(tux, [], path));
    expect(reply).toMatchObject({ ...error(405), headers: { allow: "GET, HEAD" } });
  });

  test.each(["PUT", "DELETE", "PATCH", "OPTIONS"])("%s is 501", async (method) => {
    expect(await answer(rawRequest(`${method} /products/Tux HTTP/1.1`))).toMatchObject(error(501));
  });

  test("path and query of 4,096 bytes are accepted, one more is 414", async () => {
    expect((await answer(get("/products/Tux?".padEnd(4096, "x")))).status).toBe(200);
    expect(await answer(get("/products/Tux?".padEnd(4097, "x")))).toMatchObject(error(414));
  });

  test.each([
    ["no Host", 400, "GET /products/Tux HTTP/1.1\r\n\r\n"],
    ["a request line without a path", 400, "GET\r\n\r\n"],
    ["headers beyond 16 KiB", 431, rawRequest("GET /products/Tux HTTP/1.1", [`X: ${"x".repeat(20_000)}`])],
    ["a request line beyond 16 KiB", 431, get(`/products/${"x".repeat(20_000)}`)],
    ["HTTP 3.0", 505, get("/products/Tux", "3.0")],
  ])("the HTTP server itself answers %s with %d, without JSON", async (_, status, bytes) => {
    const reply = await answer(bytes);
    expect([reply.status, reply.json]).toEqual([status, undefined]);
  });

  test("a word that is no method closes the connection", async () => {
    const reply = await answer(rawRequest("BREW /products/Tux HTTP/1.1"));
    expect([reply.status, reply.closed]).toEqual([undefined, true]);
  });

  test(
    "one connection carries many requests; one that is idle for 10 s is closed",
    async () => {
      using shopper = new Shopper(store.restPort);
      for (let at = 0; at < 50; at++) expect((await shopper.get("/products/Tux")).status).toBe(200);
      // Bun counts in steps of four seconds: set to 10 s it would close after 8 to 12.
      expect(await idleMs).toBeGreaterThan(11_500);
    },
    timeoutMs,
  );
});

test("/healthz and /readyz say how it is, the latter with each dependency on a line", async () => {
  expect(await (await fetch(`${store.url}/healthz`)).text()).toBe("alive\n");
  const lines = (await (await fetch(`${store.url}/readyz`)).text()).trimEnd().split("\n");
  expect(lines.slice(0, 2)).toEqual(["ready", "catalog: reachable"]);
  expect(lines.filter((line) => /^order replica [123]: reachable$/.test(line))).toHaveLength(3);
});

test(
  "OUT_OF_STOCK_STATUS turns out of stock into an error of that status",
  async () => {
    await using strict = await startStore({ quantity: 1, env: { OUT_OF_STOCK_STATUS: "409" } });
    using shopper = new Shopper(strict.restPort);
    expect(await shopper.buy("Tux")).toBe(0);
    const { status, json } = await shopper.post("/orders", { name: "Tux", quantity: 1 });
    expect([status, json]).toEqual([409, { error: { code: 409, message: "out of stock" } }]);
  },
  timeoutMs,
);
