// The ceiling: the same routes and the same JSON, and nothing behind them. Each
// reply is made in the way that turned out fastest.

const headers = { "content-type": "application/json" };
const encoder = new TextEncoder();
const product = encoder.encode('{"data":{"name":"Tux","price":15.99,"quantity":100}}');
const order = encoder.encode('{"data":{"number":10,"name":"Tux","quantity":1}}');
let orders = 0;

Bun.serve({
  hostname: "127.0.0.1",
  port: Number(process.env["PORT"]),
  routes: {
    "/products/:name": () => new Response(product, { headers }),
    "/orders/:number": () => new Response(order, { headers }),
    "/orders": {
      POST: async (request) => {
        await request.json();
        return Response.json({ data: { order_number: orders++ } });
      },
    },
  },
});
process.stdout.write("listening\n");
