import { expect, test } from "bun:test";
import { appendFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { waitForLeader } from "../harness/leader.ts";
import type { TestStore } from "../harness/store.ts";
import { eventually } from "./eventually.ts";
import { readCatalogFiles } from "./files/catalog-files.ts";
import type { Purchase } from "./load.ts";
import { buySome, openStore, plenty } from "./opening.ts";
import { Shopper } from "./shopper.ts";
import { expectSound } from "./soundness.ts";

const timeoutMs = 120_000;

interface Damage {
  readonly what: string;
  readonly act: (log: string) => void;
  /** What the replica says at its start, and of which file, if of one. */
  readonly message: string;
  readonly file?: (log: string) => string;
}

const striped = "Zebra, striped";
const setAside = "the log is damaged and was set aside";
const joining = "no data here but at a peer: joining as a wiped replica";

const damages: readonly Damage[] = [
  {
    what: "a torn last line",
    act: (log) => appendFileSync(log, "99,Tux,1,1"),
    message: "the log ended in a torn write, which was cut",
    file: (log) => log,
  },
  { what: "a flipped bit in the middle", act: flipBit, message: setAside, file: (log) => log },
  { what: "a lost end", act: loseEnd, message: setAside, file: (log) => log },
  { what: "a deleted log", act: (log) => rmSync(log), message: setAside, file: (log) => log },
  { what: "a deleted vote", act: (log) => rmSync(`${log}.vote`), message: setAside, file: (log) => `${log}.vote` },
  { what: "a wiped disk", act: wipe, message: joining },
];

function flipBit(log: string): void {
  const bytes = readFileSync(log);
  const middle = Math.floor(bytes.length / 2);
  bytes.writeUInt8(bytes.readUInt8(middle) ^ 1, middle);
  writeFileSync(log, bytes);
}

function loseEnd(log: string): void {
  writeFileSync(log, readFileSync(log).subarray(0, -40));
}

/** Removes the log and all that stands beside it. */
function wipe(log: string): void {
  const folder = dirname(log);
  for (const name of readdirSync(folder)) if (name.startsWith(basename(log))) rmSync(join(folder, name));
}

/** Kills a replica, harms its files while others sell, and starts it: it reports and catches up. */
async function harm(store: TestStore, id: number, { act, message, file }: Damage): Promise<Purchase[]> {
  const process = store.order(id);
  const log = store.logFile(id);
  await process.kill();
  const linesBefore = process.lines.length;
  act(log);
  const purchases = await buySome(store, 5);
  process.start();
  const said: unknown = JSON.parse(await process.line(new RegExp(message), linesBefore));
  if (file !== undefined) expect(said).toMatchObject({ file: file(log), offset: expect.any(Number) });
  if (message !== joining) return purchases;
  await process.line(/caught up: a voter again/, linesBefore);
  return purchases;
}

test.each(["follower", "leader"])(
  "P8: a %s whose files are harmed in any way reports it, rejoins, and ends with the same log",
  async (role) => {
    await using store = await openStore();
    const purchases = await buySome(store, 40);
    for (const damage of damages) {
      const leader = await waitForLeader(store);
      const id = role === "leader" ? leader : (leader % 3) + 1;
      purchases.push(...(await harm(store, id, damage)), ...(await buySome(store, 5)));
      await expectSound(store, purchases);
    }
  },
  timeoutMs,
);

test(
  "P8: a wiped replica makes no majority: nothing is sold until a second one with its data is there",
  async () => {
    await using store = await openStore();
    const purchases = await buySome(store, 20);
    const leader = await waitForLeader(store);
    const [wiped = 0, away = 0] = [1, 2, 3].filter((id) => id !== leader);
    await Promise.all([wiped, away].map((id) => store.order(id).kill()));
    wipe(store.logFile(wiped));
    store.order(wiped).start();
    await store.order(wiped).line(new RegExp(joining), 1);
    using shopper = new Shopper(store.restPort);
    const order = { name: "Tux", quantity: 1, key: crypto.randomUUID() };
    const refused = await shopper.post("/orders", { name: order.name, quantity: order.quantity }, order.key);
    expect([500, 503]).toContain(refused.status);
    store.order(away).start();
    await store.waitReady();
    await eventually("the purchase is made, with the same key", async () => {
      const { status, json } = await shopper.post("/orders", { name: order.name, quantity: order.quantity }, order.key);
      if (status !== 200) return `${status} ${JSON.stringify(json)}`;
      purchases.push({ ...order, number: (json as { data: { order_number: number } }).data.order_number });
      return undefined;
    });
    await expectSound(store, purchases);
  },
  timeoutMs,
);

test(
  "P3: a catalog.csv that is edited while the catalog is down changes prices and adds to the stock",
  async () => {
    await using store = await openStore();
    const purchases = await buySome(store, 20, ["Tux", "Whale"]);
    await expectSound(store, purchases);
    await store.catalog.kill();
    const edited = readFileSync(store.catalogFile, "utf8")
      .replace(/^Tux,.*$/m, `Tux,17.50,${plenty}`)
      .concat(`"${striped}",3.20,5\n`);
    writeFileSync(store.catalogFile, edited);
    store.catalog.start();
    using shopper = new Shopper(store.restPort);
    // Until its lease runs out a front-end may show what it has cached.
    await eventually("the new price is shown", async () => shows(shopper, "Tux", { price: 17.5, quantity: plenty }));
    await eventually("the new toy is shown", async () => shows(shopper, striped, { price: 3.2, quantity: 5 }));
    purchases.push(...(await buySome(store, 10, ["Tux", striped])));
    await expectSound(store, purchases);
    expect(readCatalogFiles(store.catalogFile).products.get("Tux")).toMatchObject({ adjusted: 10, sold: 15 });
  },
  timeoutMs,
);

async function shows(shopper: Shopper, name: string, toy: { price: number; quantity: number }) {
  const { json } = await shopper.get(`/products/${encodeURIComponent(name)}`);
  return Bun.deepEquals(json, { data: { name, ...toy } }) ? undefined : JSON.stringify(json);
}
