import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport, Http2SessionManager } from "@connectrpc/connect-node";
import {
  CatalogService,
  type OrderRequestSchema,
  type OrderResponse,
} from "../../gen/toystore/catalog/v1/catalog_pb.ts";
import { CatalogProcess } from "./process.ts";
import { Conversation } from "./rpc/conversation.ts";

let catalog: CatalogProcess;
let managers: Http2SessionManager[];
let streams: Order[];

beforeEach(async () => {
  catalog = await CatalogProcess.make();
  managers = [];
  streams = [];
});

afterEach(async () => {
  for (const stream of streams) stream.leave();
  for (const manager of managers) manager.abort();
  await catalog.remove();
});

const write = (rows: string): Promise<void> => writeFile(catalog.file, `product_name,price,quantity\n${rows}`);

function connect() {
  const baseUrl = `http://127.0.0.1:${catalog.port}`;
  const sessionManager = new Http2SessionManager(baseUrl);
  managers.push(sessionManager);
  return createClient(CatalogService, createConnectTransport({ baseUrl, httpVersion: "2", sessionManager }));
}

type Order = Conversation<MessageInitShape<typeof OrderRequestSchema>, OrderResponse>;

async function openSession(session: number): Promise<{ stream: Order; first: OrderResponse }> {
  const client = connect();
  const stream: Order = new Conversation((requests, options) => client.order(requests, options));
  stream.say({ open: { storeId: "s1", term: 1n, session: BigInt(session) } });
  streams.push(stream);
  const first = await stream.hear();
  return { stream: stream.beat({}), first };
}

async function reserve(stream: Order, key: string, quantity: number): Promise<number | undefined> {
  stream.say({ reserves: [{ ticket: 1n, key, product: "Tux", quantity: BigInt(quantity) }] });
  return (await stream.hearOf(({ replies }) => replies.length > 0)).replies[0]?.code;
}

describe("a start that cannot be", () => {
  test("without a catalog ends with status 1 and says how to make one", async () => {
    const { status, said } = await catalog.start().ended();
    expect(status).toBe(1);
    expect(said).toContain(`${catalog.file} does not exist: make a first catalog with bin/make-initial-catalog`);
  });

  test("with a bad row ends with status 1, naming file, line and column", async () => {
    await write("Tux,15.99,100\nLego,49.999,1\n");
    const { status, said } = await catalog.start().ended();
    expect(status).toBe(1);
    expect(said).toContain(`${catalog.file}, line 3, column 2 (price)`);
    expect(said.trim().split("\n").length).toBe(1);
  });

  test("on a port that is taken ends with status 1, naming the port and the variable that moves it", async () => {
    await write("Tux,15.99,100\n");
    await catalog.start().logged("catalog-open");
    const second = await CatalogProcess.make();
    const { status, said } = await second.start({ CATALOG_PORT: String(catalog.port) }).ended();
    await second.remove();
    expect(status).toBe(1);
    expect(said).toContain(`Port ${catalog.port} on 127.0.0.1 is taken: set CATALOG_PORT`);
  });

  test("a second catalog on the same files and port does not touch them", async () => {
    await write("Tux,15.99,100\n");
    await catalog.start().logged("catalog-open");
    const wal = join(catalog.folder, "catalog.csv.wal-2");
    await writeFile(wal, `${await readFile(wal, "utf8")}torn`);
    const second = await CatalogProcess.make();
    await second.start({ CATALOG_PORT: String(catalog.port), CATALOG_FILE: catalog.file }).ended();
    await second.remove();
    expect(await readFile(wal, "utf8")).toEndWith("torn");
  });

  test("with a bad variable ends with status 1, naming it", async () => {
    const { status, said } = await catalog.start({ RESTOCK_QUANTITY: "many" }).ended();
    expect(status).toBe(1);
    expect(said).toContain('RESTOCK_QUANTITY="many" is not usable');
  });

  test("on a damaged log ends with status 1, naming file and offset", async () => {
    await write("Tux,15.99,100\n");
    await catalog.start().logged("catalog-open");
    const { stream } = await openSession(1);
    await reserve(stream, "c:1", 2);
    await catalog.signal("SIGKILL");
    const wal = join(catalog.folder, "catalog.csv.wal-2");
    await writeFile(wal, (await readFile(wal, "utf8")).replace("c:1", "c:7"));
    const { status, said } = await catalog.start().ended();
    expect(status).toBe(1);
    expect(said).toMatch(/wal-2 is damaged at offset \d+ \(line 3\)/);
  });
});

describe("a catalog that was killed", () => {
  test("comes back with its stock and its reservations, and sells nothing twice", async () => {
    await write("Tux,15.99,100\n");
    await catalog.start().logged("catalog-open");
    const { stream } = await openSession(1);
    expect(await reserve(stream, "c:1", 60)).toBe(1);
    await catalog.signal("SIGKILL");
    await catalog.start().logged("catalog-open");
    const again = await openSession(2);
    expect(again.first.opened?.unsettled).toMatchObject([{ key: "c:1", product: "Tux", quantity: 60 }]);
    expect(await reserve(again.stream, "c:2", 41)).toBe(-1);
    again.stream.say({ settles: [{ number: 0n, key: "c:1", product: "Tux", quantity: 60 }] });
    expect(await reserve(again.stream, "c:3", 40)).toBe(1);
    expect(await connect().query({ product: "Tux" })).toMatchObject({ quantity: 0n });
  });
});

describe.each(["SIGTERM", "SIGINT"] as const)("a catalog that gets %s", (signal) => {
  test("brings catalog.csv up to date and ends with status 0", async () => {
    await write("Tux,15.99,100\n");
    await catalog.start({ CHECKPOINT_INTERVAL: "3600000" }).logged("catalog-open");
    const { stream } = await openSession(1);
    await reserve(stream, "c:1", 30);
    expect(await catalog.signal(signal)).toBe(0);
    expect(await readFile(catalog.file, "utf8")).toBe("product_name,price,quantity\nTux,15.99,70\n");
  });
});
