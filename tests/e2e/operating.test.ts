import { expect, test } from "bun:test";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import type { TestStore } from "../harness/store.ts";
import { eventually } from "./eventually.ts";
import { readCatalogFiles } from "./files/catalog-files.ts";
import { readOrderLog } from "./files/order-log.ts";
import { Load, type Purchase } from "./load.ts";
import { buySome, openStore, plenty } from "./opening.ts";
import { awaitSameLogs, expectSound } from "./soundness.ts";

// What docs/operating.md tells operators to type is typed here.

const root = join(import.meta.dirname, "../..");
const page = readFileSync(join(root, "docs/operating.md"), "utf8");
const timeoutMs = 120_000;

/** The commands of a section: its first block of them that has this in it. */
function commands(section: string, word: string): string {
  const text = page.split("\n## ").find((part) => part.startsWith(`${section}\n`)) ?? "";
  const blocks = [...text.matchAll(/^( *)```\n(.*?)^\1```$/gms)].map(([, , block = ""]) => block);
  const block = blocks.find((candidate) => candidate.includes(word));
  if (block === undefined) throw new Error(`"${section}" has no commands with "${word}"`);
  return block;
}

/** Types them in a folder that looks like this project's, with the store's files in `data`. Resolves with what they print. */
async function type(store: TestStore, lines: string): Promise<string> {
  const place = join(store.folder, "place");
  mkdirSync(place);
  symlinkSync(store.folder, join(place, "data"));
  symlinkSync(join(root, "services"), join(place, "services"));
  const script = lines.replaceAll(":1110", `:${store.restPort}`);
  const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env["PATH"]}` };
  // Not waited for in place: the load goes on meanwhile.
  const shell = Bun.spawn(["sh", "-e", "-c", script], { cwd: place, env, stdout: "pipe", stderr: "pipe" });
  const [printed, complaints, status] = await Promise.all([shell.stdout.text(), shell.stderr.text(), shell.exited]);
  expect(complaints).toBe("");
  expect(status).toBe(0);
  return printed;
}

/** All files are those of the backup; every process was stopped. */
function restore(store: TestStore): void {
  const backup = join(store.folder, "place/backup");
  for (const name of readdirSync(store.folder))
    if (/^(catalog|log\d)\.csv/.test(name)) rmSync(join(store.folder, name));
  for (const name of readdirSync(backup)) copyFileSync(join(backup, name), join(store.folder, name));
}

async function copyUnderLoad(store: TestStore): Promise<readonly Purchase[]> {
  await using load = new Load({ port: store.restPort, toys: ["Tux", "Whale", "Lego"], stock: plenty, before: [] });
  await load.progress(200);
  const acknowledged = [...load.purchases];
  const printed = await type(store, commands("Backup", "mkdir backup"));
  await load.progress(50);
  await load.stop();
  expect(printed.match(/^leader: replica \d in term \d+$/gm)).toHaveLength(2);
  return acknowledged;
}

test(
  "P1, P3: a backup of a running store holds all that was acknowledged before, and its stock adds up",
  async () => {
    await using store = await openStore();
    const acknowledged = await copyUnderLoad(store);
    await store.killAll();
    restore(store);
    store.startAll();
    await store.waitReady();
    await awaitSameLogs(store, acknowledged.length);
    const orders = readOrderLog(store.logFile(1));
    const missing = acknowledged.filter(({ number, key }) => orders[number]?.key !== `c:${key}`);
    expect(missing).toEqual([]);
    await eventually("every order is settled", () => {
      const { settledBelow } = readCatalogFiles(store.catalogFile);
      return settledBelow === orders.length ? undefined : `${settledBelow} of ${orders.length}`;
    });
    const { products } = readCatalogFiles(store.catalogFile);
    for (const toy of ["Tux", "Whale", "Lego"]) {
      const sold = orders.filter(({ name }) => name === toy).length;
      expect(products.get(toy)).toMatchObject({ sold, adjusted: 0, onHand: plenty - sold });
    }
    expect(store.orders.flatMap(({ lines }) => lines.filter((line) => line.includes("damaged")))).toEqual([]);
  },
  timeoutMs,
);

test(
  "P1: the files of one replica make a store again, if it had them all",
  async () => {
    await using store = await openStore();
    const purchases = await buySome(store, 40);
    await awaitSameLogs(store, purchases.length);
    await store.killAll();
    for (const name of readdirSync(store.folder)) if (/^log[12]/.test(name)) rmSync(join(store.folder, name));
    await type(store, commands("Two of three disks are lost", "encodeIdentity"));
    store.startAll();
    await store.waitReady();
    purchases.push(...(await buySome(store, 10)));
    await expectSound(store, purchases);
  },
  timeoutMs,
);
