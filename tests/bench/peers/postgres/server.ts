import { SQL } from "bun";
import { type ShopOrder, type ShopProduct, serveShop } from "../shop-server.ts";

// Bun sends what has gathered as one batch, and an order waits for the one before it
// at the counter anyway, so that two connections were as good as eight or better.
// Reads have their own, not to queue behind commits.
const connectionsOfEach = 2;

const purchases = connect();
const reads = connect();
await Promise.all([purchases.connect(), reads.connect()]);

serveShop({
  async product(name) {
    const rows = (await reads`SELECT name, price::float8 AS price, quantity FROM product WHERE name = ${name}`) as [
      ShopProduct?,
    ];
    return rows[0];
  },
  async buy(name, quantity) {
    const [row] = (await purchases`SELECT buy(${name}, ${quantity})::float8 AS number`) as [{ number: number | null }];
    return row.number ?? undefined;
  },
  async order(number) {
    const rows = (await reads`
      SELECT number::float8 AS number, name, quantity FROM purchase WHERE number = ${number}`) as [ShopOrder?];
    return rows[0];
  },
});

function connect(): SQL {
  return new SQL({
    adapter: "postgres",
    hostname: "127.0.0.1",
    port: Number(process.env["DATABASE_PORT"]),
    username: "postgres",
    database: "postgres",
    max: connectionsOfEach,
  });
}
