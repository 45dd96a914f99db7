import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@connectrpc/connect";
import { OrderService } from "../../gen/toystore/order/v1/order_pb.ts";
import { type Connection, connectTo } from "../../services/lib/rpc-client.ts";
import { type RpcServer, reserveRpc } from "../../services/lib/rpc-server.ts";

const host = "127.0.0.1";
const main = join(import.meta.dirname, "../../services/order/main.ts");

/** A replica as a process of its own. */
interface Replica {
  readonly process: Bun.Subprocess<"ignore", "pipe", "pipe">;
  /** Resolves with the output so far once it holds `text`, or the process has ended. */
  saying(text: string): Promise<string>;
}

let folder: string;
let ports: number[];
const replicas: Replica[] = [];
const connections: Connection[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "toystore-order-"));
  const taken = await Promise.all(Array.from({ length: 7 }, () => reserveRpc({ host, port: 0 })));
  ports = taken.map(({ port }) => port);
  await Promise.all(taken.map((server) => server.close()));
});

afterEach(async () => {
  for (const connection of connections.splice(0)) connection.reset();
  for (const { process } of replicas.splice(0)) {
    process.kill("SIGKILL");
    await process.exited;
  }
  await rm(folder, { recursive: true });
});

function start(id: number, variables: Record<string, string> = {}): Replica {
  const env: Record<string, string> = { COMPONENT_ID: `${id}`, ORDER_LOG_FILE: join(folder, `log${id}.csv`) };
  for (const replica of [1, 2, 3]) {
    env[`ORDER_PORT_${replica}`] = `${ports[replica - 1]}`;
    env[`ORDER2_PORT_${replica}`] = `${ports[replica + 2]}`;
  }
  env["CATALOG_PORT"] = `${ports[6]}`;
  const subprocess = Bun.spawn([process.execPath, main], {
    env: { ...process.env, ...env, ...variables },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const replica = { process: subprocess, saying: reader(subprocess.stdout) };
  replicas.push(replica);
  return replica;
}

function reader(output: ReadableStream<Uint8Array>): (text: string) => Promise<string> {
  const decoder = new TextDecoder();
  const chunks = output.getReader();
  let said = "";
  return async (text) => {
    while (!said.includes(text)) {
      const { done, value } = await chunks.read();
      if (done) break;
      said += decoder.decode(value, { stream: true });
    }
    return said;
  };
}

function client(id: number) {
  const connection = connectTo(host, ports[id - 1] ?? 0);
  connections.push(connection);
  return createClient(OrderService, connection.transport);
}

async function foundStore(): Promise<Replica[]> {
  const started = [1, 2, 3].map((id) => start(id));
  for (const replica of started) expect(await replica.saying("store founded")).toContain("started");
  return started;
}

describe("an order replica as a process", () => {
  test("founds a store with the others, and leads when it is nominated", async () => {
    const [first, second] = await foundStore();
    const before = await client(1).ping({ pingNumber: 0 });
    expect(before).toMatchObject({ componentId: 1, leaderId: 0, eligible: true, serving: false });
    await client(1).ping({ pingNumber: 1 });
    expect(await first?.saying("leader selected")).toContain("leader selected");
    expect(await second?.saying("following")).toContain("following");
    expect((await client(2).ping({ pingNumber: 0 })).storeId).toBe(before.storeId);
  });

  test("that leads hands over on SIGTERM, leaves with status 0, and comes back with its data", async () => {
    const [first, second, third] = await foundStore();
    await client(1).ping({ pingNumber: 1 });
    await second?.saying("following");
    await third?.saying("following");
    first?.process.kill("SIGTERM");
    expect(await first?.process.exited).toBe(0);
    expect(await first?.saying("stopped")).toContain("handing leadership over");
    const successors = await Promise.race([second?.saying("leader selected"), third?.saying("leader selected")]);
    expect(successors).toContain("leader selected");
    // A disturbed election may take more than one term; each is opened by an entry.
    expect(await start(1).saying("following")).toMatch(/"term":[1-9]\d*,"lastIndex":[1-9]/);
  });

  test("whose log is damaged in the middle sets it aside and joins as wiped", async () => {
    const [first, second] = await foundStore();
    await client(1).ping({ pingNumber: 1 });
    await second?.saying("following");
    first?.process.kill("SIGKILL");
    await first?.process.exited;
    const log = join(folder, "log1.csv");
    await Bun.write(log, (await Bun.file(log).text()).replace("order_number", "order_numbed"));
    const said = await start(1).saying("joining as a wiped replica");
    expect(said).toContain("damaged and was set aside");
    expect(said).toContain("joining as a wiped replica");
  });

  test("does not touch the files of one that runs, and says so", async () => {
    await foundStore();
    const log = join(folder, "log1.csv");
    const { process: second } = start(1);
    expect(await second.exited).toBe(1);
    expect(await new Response(second.stderr).text()).toStartWith(`${log} is in use by another process: end that one`);
  });

  test("whose port is taken says which, and by what to move it", async () => {
    const taken: RpcServer = await reserveRpc({ host, port: ports[4] ?? 0 });
    const { process: second } = start(2);
    expect(await second.exited).toBe(1);
    expect(await new Response(second.stderr).text()).toBe(
      `port ${taken.port} on ${host} is taken: end what listens there, or set ORDER2_PORT_2 to another one\n`,
    );
    await taken.close();
  });

  test("with a bad variable says so and ends", async () => {
    const { process: bad } = start(2, { CATALOG_PORT: "zero" });
    expect(await bad.exited).toBe(1);
    expect(await new Response(bad.stderr).text()).toBe(
      'CATALOG_PORT="zero" is not usable: accepted is a port, 1 to 65535\n',
    );
  });

  test("with another replica's files says so and ends", async () => {
    const started = await foundStore();
    for (const { process } of started) {
      process.kill("SIGTERM");
      await process.exited;
    }
    const { process: wrong } = start(2, { ORDER_LOG_FILE: join(folder, "log1.csv") });
    expect(await wrong.exited).toBe(1);
    expect(await new Response(wrong.stderr).text()).toContain("check COMPONENT_ID and ORDER_LOG_FILE");
  });
});
