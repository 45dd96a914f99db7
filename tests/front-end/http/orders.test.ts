import { describe, expect, test } from "bun:test";
import type { Call } from "../../../services/front-end/core/types.ts";
import { errorOf, FakeFrontEnd, read } from "./fake-backends.ts";

const keyHeader = "idempotency-key";

describe("POST /orders", () => {
  test("buys and shows the order number", async () => {
    const frontEnd = new FakeFrontEnd();
    const reply = await read(await frontEnd.buy("Tux", 1));
    expect(reply).toEqual({ status: 200, body: { data: { order_number: 10 } } });
    expect(frontEnd.orders.calls).toMatchObject([{ type: "buy", product: "Tux", quantity: 1 }]);
  });

  test("order 0 is an order", async () => {
    const frontEnd = new FakeFrontEnd();
    frontEnd.orders.outcome = { code: "ok", orderNumber: 0, order: undefined };
    expect((await read(await frontEnd.buy("Tux", 1))).body).toEqual({ data: { order_number: 0 } });
  });

  test("out of stock is order number -1", async () => {
    const frontEnd = new FakeFrontEnd();
    frontEnd.orders.answer("out-of-stock");
    expect(await read(await frontEnd.buy("Tux", 101))).toEqual({ status: 200, body: { data: { order_number: -1 } } });
  });

  test("out of stock is an error where clients expect one", async () => {
    const frontEnd = new FakeFrontEnd(409);
    frontEnd.orders.answer("out-of-stock");
    expect(await read(await frontEnd.buy("Tux", 101))).toEqual(errorOf(409, "out of stock"));
  });

  test("an unknown product is 404", async () => {
    const frontEnd = new FakeFrontEnd();
    frontEnd.orders.answer("unknown-product");
    expect(await read(await frontEnd.buy("Nessie", 1))).toEqual(errorOf(404, "product not found"));
  });

  for (const name of ["", "x".repeat(129), "a\nb", "\u0000", "\ud800"]) {
    test(`no product has the name ${JSON.stringify(name.slice(0, 9))}: 404 without asking`, async () => {
      const frontEnd = new FakeFrontEnd();
      expect(await read(await frontEnd.buy(name, 1))).toEqual(errorOf(404, "product not found"));
      expect(frontEnd.orders.calls).toEqual([]);
    });
  }

  test("certainly not executed is 503 with Retry-After", async () => {
    const frontEnd = new FakeFrontEnd();
    frontEnd.orders.answer("not-executed");
    const response = await frontEnd.buy("Tux", 1);
    expect(response.status).toBe(503);
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
  });

  test("what is too much is shed before its body is looked at: 503 with Retry-After and the key", async () => {
    const frontEnd = new FakeFrontEnd();
    frontEnd.orders.isFull = true;
    const response = await frontEnd.post("not JSON", { [keyHeader]: "k" });
    expect(response.status).toBe(503);
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(response.headers.get(keyHeader)).toBe("k");
    expect(frontEnd.orders.calls).toEqual([]);
  });

  test("an unknown outcome is 500", async () => {
    const frontEnd = new FakeFrontEnd();
    frontEnd.orders.answer("unknown-outcome");
    expect(await read(await frontEnd.buy("Tux", 1))).toEqual(errorOf(500, "internal server error"));
  });

  test("a key that belongs to another purchase is 409", async () => {
    const frontEnd = new FakeFrontEnd();
    frontEnd.orders.answer("key-reused");
    expect((await frontEnd.buy("Tux", 1, { [keyHeader]: "k" })).status).toBe(409);
  });
});

describe("the body of POST /orders", () => {
  const bad: readonly [string, string | Uint8Array<ArrayBuffer>][] = [
    ["empty", ""],
    ["not JSON", "{"],
    ["no object: null", "null"],
    ["no object: a list", '[{"name":"Tux","quantity":1}]'],
    ["no object: a string", '"Tux"'],
    ["without a name", '{"quantity":1}'],
    ["without a quantity", '{"name":"Tux"}'],
    ["name a number", '{"name":1,"quantity":1}'],
    ["name null", '{"name":null,"quantity":1}'],
    ["quantity 0", '{"name":"Tux","quantity":0}'],
    ["quantity negative", '{"name":"Tux","quantity":-1}'],
    ["quantity minus infinity", '{"name":"Tux","quantity":-1e999}'],
    ["quantity a fraction", '{"name":"Tux","quantity":1.5}'],
    ["quantity a string", '{"name":"Tux","quantity":"1"}'],
    ["quantity true", '{"name":"Tux","quantity":true}'],
    ["nested beyond reason", "[".repeat(60_000)],
    ["not UTF-8", new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
  ];
  for (const [what, body] of bad) {
    test(`${what}: 400, and nothing is bought`, async () => {
      const frontEnd = new FakeFrontEnd();
      const response = await frontEnd.post(body);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ error: { code: 400 } });
      expect(frontEnd.orders.calls).toEqual([]);
    });
  }

  const good: readonly [string, string, Partial<Call & { type: "buy" }>][] = [
    ["1.0 is an integer", '{"name":"Tux","quantity":1.0}', { quantity: 1 }],
    ["other members are ignored", '{"name":"Tux","quantity":2,"price":0}', { quantity: 2 }],
    ["of members given twice the last counts", '{"name":"Tux","quantity":1,"quantity":3}', { quantity: 3 }],
    ["2^31-1 is passed on as it is", '{"name":"Tux","quantity":2147483647}', { quantity: 2_147_483_647 }],
    ["more than 2^31-1 is passed on as out of stock", '{"name":"Tux","quantity":99999999999}', { quantity: 2 ** 31 }],
    ["1e999 is more than 2^31-1", '{"name":"Tux","quantity":1e999}', { quantity: 2 ** 31 }],
    ["white space does not matter", ' {"name" : "Tux",\n"quantity":1}\t', { product: "Tux" }],
    ["names are UTF-8", '{"name":"Bär \\u00df 🧸","quantity":1}', { product: "Bär ß 🧸" }],
  ];
  for (const [what, body, expected] of good) {
    test(what, async () => {
      const frontEnd = new FakeFrontEnd();
      expect((await frontEnd.post(body)).status).toBe(200);
      expect(frontEnd.orders.calls).toMatchObject([expected]);
    });
  }

  for (const contentType of ["application/json; charset=utf-8", "Application/JSON", "application/json ;x=y"]) {
    test(`Content-Type ${contentType} is accepted`, async () => {
      const response = await new FakeFrontEnd().buy("Tux", 1, { "content-type": contentType });
      expect(response.status).toBe(200);
    });
  }

  for (const contentType of ["text/plain", "application/jsonp", "application/x-www-form-urlencoded", ""]) {
    test(`Content-Type ${JSON.stringify(contentType)} is 415`, async () => {
      const frontEnd = new FakeFrontEnd();
      const response = await frontEnd.buy("Tux", 1, { "content-type": contentType });
      expect(response.status).toBe(415);
      expect(frontEnd.orders.calls).toEqual([]);
    });
  }

  test("an absent Content-Type is accepted", async () => {
    const body = new TextEncoder().encode('{"name":"Tux","quantity":1}');
    const headers = { "content-length": String(body.length) };
    const response = await new FakeFrontEnd().send(new Request("http://x/orders", { method: "POST", body, headers }));
    expect(response.status).toBe(200);
  });

  test("a length that is neither announced nor chunked is 411", async () => {
    const request = new Request("http://x/orders", { method: "POST", headers: { "content-type": "application/json" } });
    expect((await new FakeFrontEnd().send(request)).status).toBe(411);
  });

  test("64 KiB are accepted, one byte more is 413", async () => {
    const body = (bytes: number): string => '{"name":"Tux","quantity":1}'.padEnd(bytes);
    expect((await new FakeFrontEnd().post(body(65_536))).status).toBe(200);
    expect((await new FakeFrontEnd().post(body(65_537))).status).toBe(413);
  });

  const chunked = (chunks: readonly string[]): Request => {
    const body = new ReadableStream({
      start(controller) {
        for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk));
        controller.close();
      },
    });
    const headers = { "transfer-encoding": "chunked" };
    return new Request("http://x/orders", { method: "POST", body, headers });
  };

  test("chunks are put together, also inside a character", async () => {
    const frontEnd = new FakeFrontEnd();
    const response = await frontEnd.send(chunked(['{"name":"T', 'ux","quanti', 'ty":1}']));
    expect(response.status).toBe(200);
    expect(frontEnd.orders.calls).toMatchObject([{ product: "Tux" }]);
  });

  test("chunks of more than 64 KiB are 413", async () => {
    const response = await new FakeFrontEnd().send(chunked(["x".repeat(40_000), "x".repeat(40_000)]));
    expect(response.status).toBe(413);
  });

  test("a body that does not end in time is 408", async () => {
    const frontEnd = new FakeFrontEnd();
    const headers = { "transfer-encoding": "chunked" };
    const body = new ReadableStream<Uint8Array>();
    const answered = frontEnd.send(new Request("http://x/orders", { method: "POST", body, headers }));
    frontEnd.nowMs = 10_000;
    frontEnd.bodies.tick();
    expect((await answered).status).toBe(408);
    expect(frontEnd.orders.calls).toEqual([]);
  });
});

describe("looking orders up", () => {
  const order = { status: 200, body: { data: { number: 10, name: "Tux", quantity: 1 } } };

  for (const path of ["/orders/10", "/orders/10/", "/orders/10?x=1", "/orders/010", "/orders/%31%30"]) {
    test(`GET ${path} shows the order, exactly number, name and quantity`, async () => {
      const frontEnd = new FakeFrontEnd();
      frontEnd.orders.find(10, "Tux", 1);
      const response = await frontEnd.get(path);
      expect(await response.text()).toBe('{"data":{"number":10,"name":"Tux","quantity":1}}');
      expect(frontEnd.orders.calls).toEqual([{ type: "check-number", number: 10 }]);
    });
  }

  test("neighbours that came with an order are shown without asking again", async () => {
    const frontEnd = new FakeFrontEnd();
    frontEnd.orders.find(10, "Tux", 1);
    const { outcome } = frontEnd.orders;
    const whale = { number: 9, product: "Whale", quantity: 2 };
    frontEnd.orders.outcome = { ...outcome, group: [whale, ...(outcome.order ? [outcome.order] : [])] };
    expect(await read(await frontEnd.get("/orders/10"))).toEqual(order);
    frontEnd.orders.answer("unknown-outcome");
    const neighbour = { data: { number: 9, name: "Whale", quantity: 2 } };
    expect(await read(await frontEnd.get("/orders/9"))).toEqual({ status: 200, body: neighbour });
    expect(frontEnd.orders.calls).toHaveLength(1);
    expect((await frontEnd.get("/orders/8")).status).toBe(500);
  });

  test("another order than the one that was asked for is no answer", async () => {
    const frontEnd = new FakeFrontEnd();
    frontEnd.orders.find(11, "Tux", 1);
    expect((await frontEnd.get("/orders/10")).status).toBe(500);
    expect((await frontEnd.get("/orders/11")).status).toBe(200);
    expect(frontEnd.orders.calls).toHaveLength(2);
  });

  test("POST /orders/N is answered like GET", async () => {
    const frontEnd = new FakeFrontEnd();
    frontEnd.orders.find(10, "Tux", 1);
    const response = await frontEnd.send(new Request("http://x/orders/10", { method: "POST" }));
    expect(await read(response)).toEqual(order);
  });

  test("an unknown number is 404", async () => {
    const frontEnd = new FakeFrontEnd();
    frontEnd.orders.answer("not-found");
    expect(await read(await frontEnd.get("/orders/999999999"))).toEqual(errorOf(404, "order not found"));
  });

  for (const number of ["-1", "-0", "9999999999999999", "1".repeat(400)]) {
    test(`number ${number.slice(0, 20)} is 404 without asking`, async () => {
      const frontEnd = new FakeFrontEnd();
      expect(await read(await frontEnd.get(`/orders/${number}`))).toEqual(errorOf(404, "order not found"));
      expect(frontEnd.orders.calls).toEqual([]);
    });
  }

  for (const number of ["abc", "1.5", "+1", "1e3", "0x10", "%20", "%zz", "--1", "1%0A", "٣"]) {
    test(`number ${number} is 400`, async () => {
      const frontEnd = new FakeFrontEnd();
      expect((await frontEnd.get(`/orders/${number}`)).status).toBe(400);
      expect(frontEnd.orders.calls).toEqual([]);
    });
  }

  test("GET /orders?key=K shows the order made with that key", async () => {
    const frontEnd = new FakeFrontEnd();
    frontEnd.orders.find(10, "Tux", 1);
    expect(await read(await frontEnd.get("/orders?x=1&key=a%2Bb+c%26"))).toEqual(order);
    expect(frontEnd.orders.calls).toEqual([{ type: "check-key", key: "c:a+b+c&" }]);
  });

  test("a key without an order is 404", async () => {
    const frontEnd = new FakeFrontEnd();
    frontEnd.orders.answer("not-found");
    expect(await read(await frontEnd.get("/orders/?key=K"))).toEqual(errorOf(404, "order not found"));
  });

  for (const path of ["/orders", "/orders/", "/orders?key", "/orders?key=", "/orders?key=%zz", "/orders?key=a%20b"]) {
    test(`GET ${path} is 400`, async () => {
      expect((await new FakeFrontEnd().get(path)).status).toBe(400);
    });
  }

  test("no leader is 503, an unanswered look-up 500", async () => {
    const frontEnd = new FakeFrontEnd();
    frontEnd.orders.answer("not-executed");
    expect((await frontEnd.get("/orders/1")).status).toBe(503);
    frontEnd.orders.answer("unknown-outcome");
    expect((await frontEnd.get("/orders/1")).status).toBe(500);
  });
});
