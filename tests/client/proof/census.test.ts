import { expect, test } from "bun:test";
import type { Asking } from "../../../services/client/proof/asking.ts";
import { takeCensus } from "../../../services/client/proof/census.ts";
import type { Send } from "../../../services/client/store-api.ts";

test("a census ends with the first product that cannot be read, however many there are", async () => {
  let asked = 0;
  const send: Send = (request) => {
    if (request.path.startsWith("/orders")) return Promise.resolve({ status: 404, headers: {}, body: "" } as never);
    asked += 1;
    return Promise.resolve({ failure: "timed out" });
  };
  const asking = {
    one: (ask: (by: Send) => Promise<unknown>) => ask(send),
    each: async (items: Iterable<string>, ask: (by: Send, item: string) => Promise<void>) => {
      for (const item of items) await ask(send, item);
      return true;
    },
  } as unknown as Asking;
  const toys = Array.from({ length: 162 }, (_, n) => `toy ${n}`);
  expect(await takeCensus(asking, toys, -1)).toEqual({ reason: "a product could not be read" });
  expect(asked).toBe(1);
});
