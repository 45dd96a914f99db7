import { RedisClient } from "bun";
import { initialCatalog } from "../../../../services/catalog/initial.ts";
import { stockOfEach } from "../peer.ts";
import { serveShop } from "../shop-server.ts";

/** One order: what a script does happens at once, and is in the file before Redis replies. */
const buyScript = `
local left = redis.call("HGET", KEYS[1], "quantity")
if not left then return false end
if tonumber(left) < tonumber(ARGV[2]) then return -1 end
redis.call("HINCRBY", KEYS[1], "quantity", -ARGV[2])
local number = redis.call("INCR", KEYS[2]) - 1
redis.call("HSET", KEYS[3], number, ARGV[2] .. " " .. ARGV[1])
return number
`;

// Commands that come together go in one write, and Redis syncs once for all of them.
const redis = new RedisClient(`redis://127.0.0.1:${process.env["DATABASE_PORT"]}`);
await redis.connect();
for (const { name, priceCents } of initialCatalog()) {
  await redis.send("HSET", [keyOf(name), "price", `${priceCents / 100}`, "quantity", `${stockOfEach}`]);
}
const script = String(await redis.send("SCRIPT", ["LOAD", buyScript]));

serveShop({
  async product(name) {
    const [price, quantity] = await redis.hmget(keyOf(name), ["price", "quantity"]);
    return typeof quantity === "string" ? { name, price: Number(price), quantity: Number(quantity) } : undefined;
  },
  async buy(name, quantity) {
    const words = [script, "3", keyOf(name), "next-order", "orders", name, `${quantity}`];
    const number: unknown = await redis.send("EVALSHA", words);
    return number === null ? undefined : Number(number);
  },
  async order(number) {
    const [value] = await redis.hmget("orders", [`${number}`]);
    if (typeof value !== "string") return undefined;
    const space = value.indexOf(" ");
    return { number, name: value.slice(space + 1), quantity: Number(value.slice(0, space)) };
  },
});

function keyOf(name: string): string {
  return `product:${name}`;
}
