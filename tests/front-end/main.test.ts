import { describe, expect, test } from "bun:test";
import { type ClaimedPorts, claimPorts } from "../harness/ports.ts";
import { TestProcess } from "../harness/process.ts";
import { Killable, World } from "./fixture.ts";

function frontEnd(ports: ClaimedPorts, env: Readonly<Record<string, string>> = {}): TestProcess {
  const rest = ports.take();
  const front = ports.take();
  const nowhere = ports.take();
  const elsewhere = ["ORDER_PORT_1", "ORDER_PORT_2", "ORDER_PORT_3", "CATALOG_PORT"].map((name) => [
    name,
    `${nowhere}`,
  ]);
  const usual = { REST_API_PORT: `${rest}`, FRONT_PORT: `${front}`, ...Object.fromEntries(elsewhere) };
  return new TestProcess({ name: "front-end", file: "services/front-end/main.ts", env: { ...usual, ...env } });
}

/** A front-end whose replicas and catalog are those of a world in this process. */
function frontEndOf(world: World, ports: ClaimedPorts, env: Readonly<Record<string, string>> = {}): TestProcess {
  const replicas = world.servers.map(({ port }, i) => [`ORDER_PORT_${i + 1}`, `${port}`]);
  return frontEnd(ports, { ...Object.fromEntries(replicas), CATALOG_PORT: `${world.catalogServer.port}`, ...env });
}

describe("the process", () => {
  test("ends with status 1 when no order replica answers, and names the addresses", async () => {
    await using ports = await claimPorts(3);
    await using process = frontEnd(ports, { START_TIMEOUT: "300", ORDER_HOST_2: "localhost" });
    process.start();
    expect(await process.ended()).toMatchObject({ status: 1 });
    expect(process.lines.join("\n")).toMatch(/no order replica answered within 300 ms: 127.0.0.1:\d+, localhost:\d+/);
  });

  for (const variable of ["REST_API_PORT", "FRONT_PORT"]) {
    test(`ends with status 1 when ${variable} is taken, and says so`, async () => {
      await using ports = await claimPorts(3);
      await using taken = await new Killable(() => {}).start();
      await using process = frontEnd(ports, { [variable]: `${taken.port}` });
      process.start();
      expect(await process.ended()).toMatchObject({ status: 1 });
      expect(process.lines.join("\n")).toContain(
        `port ${taken.port} on 127.0.0.1 is taken: end what listens there, or set ${variable}`,
      );
    });
  }

  test("ends with status 1 and one line for a variable that is not usable", async () => {
    await using ports = await claimPorts(3);
    await using process = frontEnd(ports, { PING_INTERVAL: "soon" });
    process.start();
    expect(await process.ended()).toMatchObject({ status: 1 });
    expect(process.lines).toEqual([expect.stringContaining('PING_INTERVAL="soon"')]);
  });

  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    test(`ends with status 0 on ${signal}, after what is under way`, async () => {
      await using world = await World.start(0);
      await using ports = await claimPorts(3);
      await using process = frontEndOf(world, ports);
      process.start();
      const { restPort } = JSON.parse(await process.line(/"open"/)) as { restPort: number };
      world.store.leaderId = 0;
      for (const replica of world.replicas) replica.pings = { eligible: false };
      const headers = { "content-type": "application/json" };
      const body = '{"name":"Tux","quantity":1}';
      const bought = fetch(`http://127.0.0.1:${restPort}/orders`, { method: "POST", headers, body });
      while (world.replica(1).keys.length === 0) await Bun.sleep(1);
      const ended = process.kill(signal);
      await process.line(/"stopping"/);
      world.store.leaderId = 2;
      world.store.term = 2;
      expect(await (await bought).json()).toEqual({ data: { order_number: 0 } });
      expect(await ended).toMatchObject({ status: 0 });
    });
  }

  test("two of them may share a port, if both are told to", async () => {
    await using world = await World.start(0);
    await using ports = await claimPorts(7);
    const shared = { REST_API_PORT: `${ports.take()}`, REST_REUSE_PORT: "1" };
    await using first = frontEndOf(world, ports, shared);
    await using second = frontEndOf(world, ports, shared);
    first.start();
    second.start();
    await first.line(/"open"/);
    await second.line(/"open"/);
    const reply = await fetch(`http://127.0.0.1:${shared.REST_API_PORT}/products/Tux`);
    expect(reply.status).toBe(200);
  });

  test("without a cache every read asks the catalog", async () => {
    await using world = await World.start(0);
    await using ports = await claimPorts(3);
    await using process = frontEndOf(world, ports, { CACHE: "off" });
    process.start();
    const { restPort } = JSON.parse(await process.line(/"open"/)) as { restPort: number };
    const { frontPort } = JSON.parse(await process.line(/"front-end listening"/)) as { frontPort: number };
    await world.feedPort(frontPort);
    for (let i = 0; i < 3; i++) expect((await fetch(`http://127.0.0.1:${restPort}/products/Tux`)).status).toBe(200);
    expect(world.catalog.queries).toEqual(["Tux", "Tux", "Tux"]);
  });
});
