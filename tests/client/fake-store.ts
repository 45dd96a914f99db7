/** How a fake store deviates from the truth. */
export interface Lies {
  /** Replies, by request path and attempt, that come before the truth; undefined: the truth. */
  readonly interrupt?: (request: Request, attempt: number) => Response | undefined;
  /** Changes what GET /orders/N shows; undefined: 404. */
  readonly showOrder?: (order: FakeOrder) => FakeOrder | undefined;
  /** Changes the number that a purchase is given. */
  readonly giveNumber?: (number: number) => number;
  /** Changes the quantity that GET /products/NAME shows. */
  readonly showQuantity?: (name: string, quantity: number) => number;
}

export interface FakeOrder {
  readonly number: number;
  readonly name: string;
  readonly quantity: number;
}

/** A store in one process with the REST contract, honest but for its lies. */
export interface FakeStore extends AsyncDisposable {
  readonly port: number;
  readonly orders: readonly FakeOrder[];
  /** The Idempotency-Key of every POST that came, in order. */
  readonly keys: readonly string[];
}

export function startFakeStore(options: { stock?: number; lies?: Lies } = {}): FakeStore {
  const lies = options.lies ?? {};
  const stock = new Map<string, number>();
  const orders: FakeOrder[] = [];
  const byKey = new Map<string, number>();
  const keys: string[] = [];
  let attempt = 0;

  const stockOf = (name: string): number => stock.get(name) ?? options.stock ?? 100;

  const showProduct = (name: string): Response => {
    const quantity = lies.showQuantity?.(name, stockOf(name)) ?? stockOf(name);
    return Response.json({ data: { name, price: 15.99, quantity } });
  };

  const buy = (key: string, body: { name: string; quantity: number }): Response => {
    const known = byKey.get(key);
    if (known !== undefined) return Response.json({ data: { order_number: known } });
    if (stockOf(body.name) < body.quantity) return Response.json({ data: { order_number: -1 } });
    stock.set(body.name, stockOf(body.name) - body.quantity);
    const number = lies.giveNumber?.(orders.length) ?? orders.length;
    orders.push({ number: orders.length, name: body.name, quantity: body.quantity });
    byKey.set(key, number);
    return Response.json({ data: { order_number: number } });
  };

  const showOrder = (number: number): Response => {
    const order = orders[number];
    const shown = order === undefined ? undefined : lies.showOrder === undefined ? order : lies.showOrder(order);
    if (shown === undefined)
      return Response.json({ error: { code: 404, message: "order not found" } }, { status: 404 });
    return Response.json({ data: shown });
  };

  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      const { pathname } = new URL(request.url);
      if (pathname === "/healthz") return new Response("ok");
      const key = request.headers.get("idempotency-key") ?? "";
      if (request.method === "POST") keys.push(key);
      const interruption = lies.interrupt?.(request, attempt++);
      if (interruption !== undefined) return interruption;
      if (request.method === "POST") return buy(key, (await request.json()) as { name: string; quantity: number });
      if (pathname.startsWith("/orders/")) return showOrder(Number(pathname.slice(8)));
      return showProduct(decodeURIComponent(pathname.slice(10)));
    },
  });
  return {
    port: server.port ?? 0,
    orders,
    keys,
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}
