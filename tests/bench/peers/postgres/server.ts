import { SQL } from "bun";
import { type ShopOrder, type ShopProduct, serveShop } from "../shop-server.ts";

// Orders wait for one another at the counter, so more connections only add lock
// traffic; so many were best.
const connectionsMax = 8;

const sql = new SQL({
  adapter: "postgres",
  hostname: "127.0.0.1",
  port: Number(process.env["DATABASE_PORT"]),
  username: "postgres",
  database: "postgres",
  max: connectionsMax,
});
await sql.connect();

serveShop({
  async product(name) {
    const rows = (await sql`SELECT name, price::float8 AS price, quantity FROM product WHERE name = ${name}`) as [
      ShopProduct?,
    ];
    return rows[0];
  },
  async buy(name, quantity) {
    const [row] = (await sql`SELECT buy(${name}, ${quantity})::float8 AS number`) as [{ number: number | null }];
    return row.number ?? undefined;
  },
  async order(number) {
    const rows = (await sql`
      SELECT number::float8 AS number, name, quantity FROM purchase WHERE number = ${number}`) as [ShopOrder?];
    return rows[0];
  },
});
