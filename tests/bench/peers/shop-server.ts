/** What a database keeps of a shop. Every promise resolves when it is as durable as the peer can make it. */
export interface Shop {
  product(name: string): Promise<ShopProduct | undefined>;
  /** The order's number; -1: out of stock; undefined: no such product. */
  buy(name: string, quantity: number): Promise<number | undefined>;
  order(number: number): Promise<ShopOrder | undefined>;
}

export interface ShopProduct {
  readonly name: string;
  readonly price: number;
  readonly quantity: number;
}

export interface ShopOrder {
  readonly number: number;
  readonly name: string;
  readonly quantity: number;
}

/** The store's REST routes before a database, as lean as they can be written; all such peers run this. */
export function serveShop(shop: Shop): void {
  Bun.serve({
    hostname: "127.0.0.1",
    port: Number(process.env["PORT"]),
    routes: {
      "/products/:name": async ({ params }) => replyWith(await shop.product(params.name), "product not found"),
      "/orders/:number": async ({ params }) => replyWith(await shop.order(Number(params.number)), "order not found"),
      "/orders": {
        POST: async (request) => {
          const { name, quantity } = (await request.json()) as { name: string; quantity: number };
          const number = await shop.buy(name, quantity);
          return replyWith(number === undefined ? undefined : { order_number: number }, "product not found");
        },
      },
    },
  });
  process.stdout.write("listening\n");
}

function replyWith(found: object | undefined, otherwise: string): Response {
  if (found !== undefined) return Response.json({ data: found });
  return Response.json({ error: { code: 404, message: otherwise } }, { status: 404 });
}
