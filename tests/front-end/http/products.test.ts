import { describe, expect, test } from "bun:test";
import { encodeProduct } from "../../../services/front-end/http/products.ts";
import { errorOf, FakeFrontEnd, read } from "./fake-backends.ts";

const tux = { status: 200, body: { data: { name: "Tux", price: 15.99, quantity: 100 } } };
const notFound = errorOf(404, "product not found");

describe("GET /products/NAME", () => {
  test("shows name, price and quantity, numbers as numbers", async () => {
    const response = await new FakeFrontEnd().get("/products/Tux");
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await response.text()).toBe('{"data":{"name":"Tux","price":15.99,"quantity":100}}');
  });

  for (const path of [
    "/products/Tux/",
    "/products/Tux?x=1",
    "/products/Tux/?x=1&y",
    "/products/%54ux",
    "/products/Tux#x",
  ]) {
    test(`${path} is Tux`, async () => {
      expect(await read(await new FakeFrontEnd().get(path))).toEqual(tux);
    });
  }

  for (const path of ["/products/tux", "/products/Tu%20x", "/products/", "/products", "/products//", "/products/%zz"]) {
    test(`${path} is unknown`, async () => {
      expect(await read(await new FakeFrontEnd().get(path))).toEqual(notFound);
    });
  }

  test("a cached value is shown without asking", async () => {
    const frontEnd = new FakeFrontEnd();
    frontEnd.products.cache.set("Lego", encodeProduct("Lego", { id: 1, priceCents: 500, quantity: 3 }));
    const reply = await read(await frontEnd.get("/products/Lego"));
    expect(reply.body).toEqual({ data: { name: "Lego", price: 5, quantity: 3 } });
    expect(frontEnd.products.reads).toEqual([]);
  });

  test("a name is decoded as UTF-8", async () => {
    const frontEnd = new FakeFrontEnd();
    await frontEnd.get(`/products/${encodeURIComponent("Bär/ß 🧸")}`);
    expect(frontEnd.products.reads).toEqual(["Bär/ß 🧸"]);
  });

  test("what cannot be a name is unknown without asking", async () => {
    const frontEnd = new FakeFrontEnd();
    for (const name of ["%00", "a%0Ab", "%7f", "x".repeat(129), encodeURIComponent("🧸".repeat(129)), "%ff"]) {
      expect(await read(await frontEnd.get(`/products/${name}`))).toEqual(notFound);
    }
    expect(frontEnd.products.reads).toEqual([]);
  });

  test("128 characters are a name, however many bytes they take", async () => {
    const frontEnd = new FakeFrontEnd();
    await frontEnd.get(`/products/${encodeURIComponent("🧸".repeat(128))}`);
    expect(frontEnd.products.reads).toEqual(["🧸".repeat(128)]);
  });

  test("a catalog known to be down is 503 with Retry-After", async () => {
    const frontEnd = new FakeFrontEnd();
    frontEnd.products.failure = "unavailable";
    const response = await frontEnd.get("/products/Tux");
    expect(response.status).toBe(503);
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
  });

  test("a catalog that does not answer in time is 500", async () => {
    const frontEnd = new FakeFrontEnd();
    frontEnd.products.failure = "timeout";
    expect(await read(await frontEnd.get("/products/Tux"))).toEqual(errorOf(500, "internal server error"));
  });
});

test("prices have at most two decimals", () => {
  const price = (priceCents: number): string =>
    new TextDecoder().decode(encodeProduct("x", { id: 1, priceCents, quantity: 0 })).match(/"price":([^,]*)/)?.[1] ??
    "";
  expect([0, 1, 10, 99, 100, 110, 1599, 123_456_789_012].map(price)).toEqual([
    "0",
    "0.01",
    "0.1",
    "0.99",
    "1",
    "1.1",
    "15.99",
    "1234567890.12",
  ]);
});
