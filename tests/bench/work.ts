import { initialCatalog } from "../../services/catalog/initial.ts";
import { reportLua } from "./load/wrk-report.ts";

/** One kind of work, as the generator does it to every peer. */
export interface Work {
  readonly name: string;
  readonly title: string;
  /** Does it make an order with every request? */
  readonly buys: boolean;
  /** The Lua script that wrk runs. `orders`: so many orders can be looked up. */
  readonly script: (orders: number) => string;
  /** The same for our own client: its words, and the request whose latency counts. */
  readonly client: { readonly words: readonly string[]; readonly about: "query" | "buy" | "check" };
}

/** The one that everybody wants. */
export const hotProduct = "Tux";

const productNames: readonly string[] = initialCatalog(1).map(({ name }) => name);

const hotOnly = ["--products", `hot:${hotProduct}`];

export const works: readonly Work[] = [
  {
    name: "read",
    title: "cached product read",
    buys: false,
    script: () => `wrk.path = "/products/${hotProduct}"\n${reportLua}`,
    client: { words: ["--mix", "read=1", ...hotOnly], about: "query" },
  },
  {
    name: "hot",
    title: "purchase, one hot product",
    buys: true,
    script: () => hotLua,
    client: { words: ["--mix", "buy=1", ...hotOnly], about: "buy" },
  },
  {
    name: "spread",
    title: "purchase over 162 products",
    buys: true,
    script: () => spreadLua(),
    client: { words: ["--mix", "buy=1"], about: "buy" },
  },
  {
    name: "lookup",
    title: "order look-up",
    buys: false,
    script: (orders) => lookupLua(orders),
    // It looks up orders of its own, so it has to make some.
    client: { words: ["--mix", "buy=1,check=99", ...hotOnly], about: "check" },
  },
  {
    name: "mix",
    title: "90 % reads, 10 % purchases, 162 products",
    buys: false,
    script: () => mixLua(),
    client: { words: ["--mix", "read=90,buy=10"], about: "query" },
  },
];

const purchaseLua = `
wrk.method = "POST"
wrk.path = "/orders"
wrk.headers["Content-Type"] = "application/json"
`;

const hotLua = `${purchaseLua}wrk.body = ${lua(bodyOf(hotProduct))}\n${reportLua}`;

/** Requests are made once, so that the generator costs the same as with one product. */
function spreadLua(): string {
  return `${purchaseLua}
local bodies = { ${productNames.map((name) => lua(bodyOf(name))).join(", ")} }
local all, at = {}, 0
init = function()
  for i, body in ipairs(bodies) do all[i] = wrk.format(nil, nil, nil, body) end
end
request = function()
  at = at % #all + 1
  return all[at]
end
${reportLua}`;
}

function lookupLua(orders: number): string {
  return `
math.randomseed(1)
request = function()
  return wrk.format("GET", "/orders/" .. math.random(0, ${orders - 1}))
end
${reportLua}`;
}

function mixLua(): string {
  const paths = productNames.map((name) => lua(`/products/${encodeURIComponent(name)}`));
  return `
local paths = { ${paths.join(", ")} }
local bodies = { ${productNames.map((name) => lua(bodyOf(name))).join(", ")} }
local reads, purchases = {}, {}
init = function()
  local headers = { ["Content-Type"] = "application/json" }
  for i = 1, #paths do
    reads[i] = wrk.format("GET", paths[i])
    purchases[i] = wrk.format("POST", "/orders", headers, bodies[i])
  end
  math.randomseed(1)
end
request = function()
  if math.random(10) == 1 then return purchases[math.random(#purchases)] end
  return reads[math.random(#reads)]
end
${reportLua}`;
}

function bodyOf(name: string): string {
  return JSON.stringify({ name, quantity: 1 });
}

/** A string of Lua: its escapes of quotes and backslashes are those of JSON. */
function lua(text: string): string {
  return JSON.stringify(text);
}
