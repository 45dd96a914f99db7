import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { bodyOfOrder, FoundOrders } from "../../../services/front-end/http/found-orders.ts";

const seven = { number: 7, product: "Tux", quantity: 3 };
const bodyOfSeven = '{"data":{"number":7,"name":"Tux","quantity":3}}';

describe("orders that were looked up", () => {
  test("are kept, as what a reply says of them", () => {
    const found = new FoundOrders({ storeId: "a" });
    const eight = { number: 8, product: "Barbie", quantity: 1 };
    found.keep([seven, eight], "a");
    expect(found.get(7)).toBe(bodyOfSeven);
    expect(found.get(8)).toBe(bodyOfOrder(eight));
    expect(found.get(9)).toBeUndefined();
  });

  test("are told as JSON, whatever their name, number and quantity", () => {
    const found = new FoundOrders({ storeId: "a" });
    const name = fc.string({ minLength: 1, maxLength: 128, unit: "binary" });
    const anyNumber = fc.oneof(fc.nat(10), fc.nat(999_999_999_999_999));
    fc.assert(
      fc.property(anyNumber, name, fc.integer({ min: 1, max: 2 ** 31 - 1 }), (number, product, quantity) => {
        const order = { number, product, quantity };
        found.keep([order], "a");
        const body = bodyOfOrder(order);
        expect(JSON.parse(body)).toEqual({ data: { number, name: product, quantity } });
        expect(found.get(number)).toBe(body);
      }),
      { numRuns: 1000 },
    );
  });

  test("give way to those that are found later", () => {
    const found = new FoundOrders({ storeId: "a" }, { rowsMax: 10, namesMax: 5 });
    found.keep([seven], "a");
    found.keep([{ number: 8, product: "Barbie", quantity: 1 }], "a");
    found.keep([{ number: 17, product: "Lego", quantity: 2 }], "a");
    expect(found.get(7)).toBeUndefined();
    expect(found.get(8)).toContain("Barbie");
    expect(found.get(17)).toContain("Lego");
    expect(found.get(27)).toBeUndefined();
  });

  test("are forgotten when there are too many names", () => {
    const found = new FoundOrders({ storeId: "a" }, { rowsMax: 100, namesMax: 3 });
    for (let number = 0; number < 4; number++) found.keep([{ number, product: `product ${number}`, quantity: 1 }], "a");
    for (let number = 0; number < 3; number++) expect(found.get(number)).toBeUndefined();
    expect(found.get(3)).toContain("product 3");
    found.keep([{ number: 9, product: "product 3", quantity: 1 }], "a");
    expect(found.get(9)).toContain("product 3");
  });
});

describe("orders of another store", () => {
  test("are forgotten", () => {
    const orders = { storeId: "a" };
    const found = new FoundOrders(orders);
    found.keep([seven], "a");
    orders.storeId = "b";
    expect(found.get(7)).toBeUndefined();
    orders.storeId = "a";
    expect(found.get(7)).toBeUndefined();
  });

  test("are not kept if the other was asked before this one took its place", () => {
    const orders = { storeId: "a" };
    const found = new FoundOrders(orders);
    orders.storeId = "b";
    found.keep([seven], "a");
    expect(found.get(7)).toBeUndefined();
  });
});
