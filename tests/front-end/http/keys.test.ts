import { describe, expect, test } from "bun:test";
import { Keys } from "../../../services/front-end/http/keys.ts";
import { FakeFrontEnd } from "./fake-backends.ts";

const header = "idempotency-key";

describe("keys", () => {
  test("a made key comes back as the same key, at every front-end of the store", () => {
    const key = new Keys({ storeId: "store" }).make();
    expect(key.internal).toBe(`g:${key.text}`);
    expect(new Keys({ storeId: "store" }).take(key.text)).toEqual(key);
  });

  test("made keys differ, beyond what is drawn at once", () => {
    const keys = new Keys({ storeId: "store" });
    const texts = new Set(Array.from({ length: 1000 }, () => keys.make().text));
    expect(texts.size).toBe(1000);
    for (const text of texts) expect(text).toMatch(/^t-[0-9a-f]{32}-[0-9a-f]{16}$/);
  });

  test("a client cannot write the namespace of made keys", () => {
    const keys = new Keys({ storeId: "store" });
    const made = keys.make().text;
    const forged = `${made.slice(0, -1)}${made.endsWith("0") ? "1" : "0"}`;
    const ofOther = new Keys({ storeId: "other" }).make().text;
    for (const text of [forged, ofOther, "t-", `t-${"0".repeat(49)}`, "g:x", made.toUpperCase()]) {
      expect(keys.take(text)?.internal).toBe(`c:${text}`);
    }
  });

  test("a key made before the store is known means the same when it is repeated afterwards", () => {
    const orders: { storeId: string | undefined } = { storeId: undefined };
    const keys = new Keys(orders);
    const key = keys.make();
    expect(key.internal).toBe(`c:${key.text}`);
    orders.storeId = "store";
    expect(keys.take(key.text)).toEqual(key);
  });

  test("before the store is known a made key that comes back belongs to no namespace yet, a client's own does", () => {
    const made = new Keys({ storeId: "store" }).make().text;
    const early = new Keys({ storeId: undefined });
    expect(early.take(made)).toEqual({ text: made, internal: undefined });
    expect(early.take("4711")).toEqual({ text: "4711", internal: "c:4711" });
  });

  test("1 to 128 visible ASCII characters are a key", () => {
    const keys = new Keys({ storeId: "store" });
    for (const text of ["!", "~".repeat(128), 'a,b;c="d"']) expect(keys.take(text)?.internal).toBe(`c:${text}`);
    for (const text of ["", "x".repeat(129), "a b", "ä", "a\tb", "\u007f"]) expect(keys.take(text)).toBeUndefined();
  });
});

describe("the header Idempotency-Key", () => {
  test("a client's key is passed on in its namespace and comes back", async () => {
    const frontEnd = new FakeFrontEnd();
    const response = await frontEnd.buy("Tux", 1, { [header]: "my key".replace(" ", "-") });
    expect(response.headers.get(header)).toBe("my-key");
    expect(frontEnd.orders.calls).toMatchObject([{ key: "c:my-key" }]);
  });

  test("a purchase without a key gets one that repeats it", async () => {
    const frontEnd = new FakeFrontEnd();
    const text = (await frontEnd.buy("Tux", 1)).headers.get(header) ?? "";
    await frontEnd.buy("Tux", 1, { [header]: text });
    const keys = frontEnd.orders.calls.map((call) => (call.type === "buy" ? call.key : ""));
    expect(keys).toEqual([`g:${text}`, `g:${text}`]);
    await frontEnd.get(`/orders?key=${text}`);
    expect(frontEnd.orders.calls.at(-1)).toEqual({ type: "check-key", key: `g:${text}` });
  });

  test("a made key is not taken for a client's by a front-end that has just started: 503, and nothing is bought", async () => {
    const frontEnd = new FakeFrontEnd();
    const text = (await frontEnd.buy("Tux", 1)).headers.get(header) ?? "";
    const restarted = new FakeFrontEnd();
    restarted.orders.storeId = undefined;
    const response = await restarted.buy("Tux", 1, { [header]: text });
    expect([response.status, response.headers.get(header)]).toEqual([503, text]);
    expect((await restarted.get(`/orders?key=${text}`)).status).toBe(503);
    expect(restarted.orders.calls).toEqual([]);
  });

  for (const code of ["not-executed", "unknown-outcome", "out-of-stock", "unknown-product", "key-reused"] as const) {
    test(`comes with ${code}`, async () => {
      const frontEnd = new FakeFrontEnd();
      frontEnd.orders.answer(code);
      expect((await frontEnd.buy("Tux", 1)).headers.get(header)).toStartWith("t-");
    });
  }

  test("comes with every error of a POST", async () => {
    const frontEnd = new FakeFrontEnd();
    const responses = await Promise.all([
      frontEnd.post("{", { [header]: "k" }),
      frontEnd.post("{}", { [header]: "k", "content-type": "text/plain" }),
      frontEnd.post(" ".repeat(70_000), { [header]: "k" }),
      ...["/orders", "/orders/x", "/orders/1", "/products/Tux", "/nowhere"].map(async (path) => {
        const headers = { [header]: "k" };
        return await frontEnd.send(new Request(`http://x${path}`, { method: "POST", headers }));
      }),
    ]);
    expect(responses.map(({ status }) => status)).toEqual([400, 415, 413, 411, 400, 500, 405, 404]);
    for (const response of responses) expect(response.headers.get(header)).toBe("k");
  });

  for (const text of ["x".repeat(129), "a b", ""]) {
    test(`${JSON.stringify(text.slice(0, 5))} of ${text.length} characters is 400, and nothing is bought`, async () => {
      const frontEnd = new FakeFrontEnd();
      const response = await frontEnd.buy("Tux", 1, { [header]: text });
      expect(response.status).toBe(400);
      expect(response.headers.get(header)).toBeNull();
      expect(frontEnd.orders.calls).toEqual([]);
    });
  }
});
