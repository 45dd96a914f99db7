/** How a fake store deviates from the truth. */
export interface Lies {
  /** Replies, by request path and attempt, that come before the truth; undefined: the truth. */
  readonly interrupt?: (request: Request, attempt: number) => Response | undefined;
  /** Changes what GET /orders/N shows; undefined: 404. */
  readonly showOrder?: (order: FakeOrder) => FakeOrder | undefined;
  /** Changes the number that a purchase is given. */
  readonly giveNumber?: (number: number) => number;
  /** Executes a purchase twice: the second order has a number of its own that nobody is told. */
  readonly doubles?: (number: number) => boolean;
  /** Executes a purchase, and answers that something went wrong. */
  readonly loseReply?: (number: number) => boolean;
  /** Sells what it does not have. */
  readonly oversells?: boolean;
  /** Leaves a number out: there is no such order. */
  readonly skips?: (number: number) => boolean;
  /** Changes what GET /orders?key=K shows; undefined: 404. */
  readonly showByKey?: (order: FakeOrder) => FakeOrder | undefined;
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
  /** Sells to somebody else; returns the order's number. */
  sell(what: { name: string; quantity: number }): number;
  /** The Idempotency-Key of every POST that came, in order. */
  readonly keys: readonly string[];
  /** Requests that came, and the ports that they came from: one for each connection. */
  readonly requests: { readonly count: number; readonly ports: ReadonlySet<number> };
}

export function startFakeStore(options: { stock?: number; lies?: Lies } = {}): FakeStore {
  const lies = options.lies ?? {};
  const stock = new Map<string, number>();
  const orders: FakeOrder[] = [];
  let next = 0;
  const byKey = new Map<string, number>();
  const keys: string[] = [];
  let attempt = 0;
  const ports = new Set<number>();
  const requests = { count: 0, ports };

  const stockOf = (name: string): number => stock.get(name) ?? options.stock ?? 100;

  const showProduct = (name: string): Response => {
    const quantity = lies.showQuantity?.(name, stockOf(name)) ?? stockOf(name);
    return Response.json({ data: { name, price: 15.99, quantity } });
  };

  const buy = (key: string, body: { name: string; quantity: number }): Response => {
    const known = byKey.get(key);
    if (known !== undefined) return Response.json({ data: { order_number: known } });
    const left = stockOf(body.name) - body.quantity;
    if (left < 0 && lies.oversells !== true) return Response.json({ data: { order_number: -1 } });
    const truth = record(body);
    if (lies.doubles?.(truth) === true) record(body);
    const number = lies.giveNumber?.(truth) ?? truth;
    byKey.set(key, number);
    if (lies.loseReply?.(truth) === true) return new Response("", { status: 500 });
    return Response.json({ data: { order_number: number } });
  };

  const record = ({ name, quantity }: { name: string; quantity: number }): number => {
    stock.set(name, Math.max(0, stockOf(name) - quantity));
    while (lies.skips?.(next) === true) next++;
    orders.push({ number: next, name, quantity });
    return next++;
  };

  const show = (order: FakeOrder | undefined): Response =>
    order === undefined
      ? Response.json({ error: { code: 404, message: "order not found" } }, { status: 404 })
      : Response.json({ data: order });

  const showOrder = (number: number): Response => {
    const order = orders.find((at) => at.number === number);
    return show(order === undefined || lies.showOrder === undefined ? order : lies.showOrder(order));
  };

  const showByKey = (key: string): Response => {
    const order = orders.find((at) => at.number === byKey.get(key));
    return show(order === undefined || lies.showByKey === undefined ? order : lies.showByKey(order));
  };

  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request, listener) {
      requests.count++;
      ports.add(listener.requestIP(request)?.port ?? 0);
      const { pathname, searchParams } = new URL(request.url);
      if (pathname === "/healthz") return new Response("ok");
      if (pathname === "/readyz") return new Response("ready\nleader: replica 1 in term 1\n");
      const key = request.headers.get("idempotency-key") ?? "";
      if (request.method === "POST") keys.push(key);
      const interruption = lies.interrupt?.(request, attempt++);
      if (interruption !== undefined) return interruption;
      if (request.method === "POST") return buy(key, (await request.json()) as { name: string; quantity: number });
      if (pathname === "/orders") return showByKey(searchParams.get("key") ?? "");
      if (pathname.startsWith("/orders/")) return showOrder(Number(pathname.slice(8)));
      return showProduct(decodeURIComponent(pathname.slice(10)));
    },
  });
  return {
    port: server.port ?? 0,
    orders,
    requests,
    sell: record,
    keys,
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}
