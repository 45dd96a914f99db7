import type { QueryReply } from "../core/product-events.ts";
import type { Products } from "./backends.ts";
import { isPossibleName } from "./names.ts";
import { encodedReply, errorReply, internalErrorReply, type Reply, unavailableReply } from "./replies.ts";

/** The body of a reply, as it is cached: encoded once, sent often. */
export type EncodedProduct = Uint8Array<ArrayBuffer>;

const encoder = new TextEncoder();

/** `{"data":{"name":"Tux","price":15.99,"quantity":100}}`. */
export function encodeProduct(name: string, reply: QueryReply): EncodedProduct {
  const data = { name, price: reply.priceCents / 100, quantity: reply.quantity };
  return encoder.encode(JSON.stringify({ data }));
}

/** GET /products/NAME; no name: it could not be decoded. */
export function showProduct(products: Products<EncodedProduct>, name: string | undefined): Reply | Promise<Reply> {
  if (name === undefined) return productNotFound();
  const cached = products.cached(name);
  return cached === undefined ? readProduct(products, name) : encodedReply(cached);
}

async function readProduct(products: Products<EncodedProduct>, name: string): Promise<Reply> {
  if (!isPossibleName(name)) return productNotFound();
  const outcome = await products.read(name);
  switch (outcome.type) {
    case "found":
      return encodedReply(outcome.value);
    case "unknown":
      return productNotFound();
    case "unavailable":
      return unavailableReply("the catalog cannot be reached");
    case "timeout":
      return internalErrorReply();
  }
}

export function productNotFound(): Reply {
  return errorReply(404, "product not found");
}
