import type { Orders, Products } from "./backends.ts";
import { type BodyReader } from "./body.ts";
import { FoundOrders } from "./found-orders.ts";
import { showAlive, showReady } from "./health.ts";
import { type Key, Keys } from "./keys.ts";
import { buy, type OrderHandlers, showOrder, showOrderOfKey } from "./orders.ts";
import { type EncodedProduct, productNotFound, showProduct } from "./products.ts";
import { errorReply, type Reply, toResponse, toResponseWithKey } from "./replies.ts";
import { findParameter, type Resource, type Target, Targets } from "./target.ts";

const targetBytesMax = 4096;

export interface Handlers {
  readonly orders: Orders;
  readonly products: Products<EncodedProduct>;
  readonly bodies: BodyReader;
  /** See OrderHandlers. */
  readonly outOfStockStatus: number;
}

/**
 * The REST interface, as a function of a request.
 *
 * Errors in the order in which they are looked for:
 *
 *   414  path and query over 4,096 bytes
 *   501  a method that no resource has; HEAD is GET without the body (RFC 9110,
 *        section 9.3.2), so wherever GET is, HEAD is
 *   404  no such path
 *   405  a method that this resource lacks, with Allow
 *
 * and then for POST /orders
 *
 *   400  a malformed Idempotency-Key
 *   415  a Content-Type other than application/json
 *   503  too much is under way: shed before its body is looked at
 *   411  neither Content-Length nor chunked
 *   413  a body over 64 KiB; 408 one that does not end
 *   400  not UTF-8, not JSON, not an object, name or quantity of the wrong kind
 *   404  unknown product
 *   409  the key belongs to another purchase
 *   503  certainly not executed; 500 outcome unknown
 */
export function makeRoutes(handlers: Handlers): (request: Request) => Response | Promise<Response> {
  const keys = new Keys(handlers.orders);
  const targets = new Targets();
  const orderHandlers: OrderHandlers = { ...handlers, keys, found: new FoundOrders(handlers.orders) };

  const get = (resource: Resource, query: string): Reply | Promise<Reply> => {
    switch (resource.type) {
      case "product":
        return showProduct(handlers.products, resource.name);
      case "order":
        return showOrder(orderHandlers, resource.number);
      case "orders":
        return showOrderOfKey(orderHandlers, findParameter(query, "key"));
      case "alive":
        return showAlive();
      case "ready":
        return showReady(handlers.orders, handlers.products);
    }
  };

  const answer = (method: string, target: Target): Reply | Promise<Reply> => {
    if (target.length > targetBytesMax) return targetTooLong();
    if (method !== "GET" && method !== "HEAD") return errorReply(501, "method not implemented");
    return target.resource === undefined ? notFound() : get(target.resource, target.query);
  };

  const answerPost = (request: Request, target: Target, key: Key | undefined): Reply | Promise<Reply> => {
    if (target.length > targetBytesMax) return targetTooLong();
    const { resource } = target;
    if (resource === undefined) return notFound();
    if (resource.type === "order") return showOrder(orderHandlers, resource.number);
    if (resource.type !== "orders") return methodNotAllowed(resource);
    if (key === undefined) return errorReply(400, "Idempotency-Key must be 1-128 visible ASCII characters");
    return buy(orderHandlers, request, key);
  };

  /** Every reply to a POST carries its key, so that the client can repeat it whatever happened. */
  const post = (request: Request, target: Target): Response | Promise<Response> => {
    const given = request.headers.get("idempotency-key");
    const key = given === null ? keys.make() : keys.take(given);
    const respond = (answered: Reply): Response =>
      key === undefined ? toResponse(answered) : toResponseWithKey(answered, key.text);
    const reply = answerPost(request, target, key);
    return reply instanceof Promise ? reply.then(respond) : respond(reply);
  };

  return (request) => {
    const target = targets.find(request.url);
    if (request.method === "POST") return post(request, target);
    const reply = answer(request.method, target);
    return reply instanceof Promise ? reply.then(toResponse) : toResponse(reply);
  };
}

function targetTooLong(): Reply {
  return errorReply(414, "path and query must not exceed 4,096 bytes");
}

function notFound(): Reply {
  return errorReply(404, "not found");
}

/** Only POST is ever lacking. */
function methodNotAllowed(resource: Resource): Reply {
  if (resource.type === "product" && resource.name === "") return productNotFound();
  return errorReply(405, "method not allowed", { allow: "GET, HEAD" });
}
