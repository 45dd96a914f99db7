import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ClaimedPorts, claimPorts } from "../harness/ports.ts";
import { TestProcess } from "../harness/process.ts";
import { takePort, untilGone } from "./stubs.ts";

const folder = mkdtempSync(join(tmpdir(), "toystore-services-"));
afterAll(() => rmSync(folder, { recursive: true }));

function environment(ports: ClaimedPorts, name: string): Record<string, string> {
  const replicas = [1, 2, 3].flatMap((id) => [`ORDER_PORT_${id}`, `ORDER2_PORT_${id}`]);
  const variables = ["REST_API_PORT", "FRONT_PORT", "CATALOG_PORT", ...replicas];
  return {
    ...Object.fromEntries(variables.map((variable) => [variable, `${ports.take()}`])),
    DATA_DIR: join(folder, name),
  };
}

function services(env: Record<string, string>, ...words: string[]): TestProcess {
  return new TestProcess({ name: "services", file: "bin/services.ts", arguments: words, env });
}

describe("bin/services", () => {
  test("opens a store, announces it, sells, and leaves no process when it is stopped", async () => {
    await using ports = await claimPorts(9);
    const env = environment(ports, "new");
    await using runner = services(env);
    runner.start();
    expect(await runner.line(/Toystore is open/)).toBe(`Toystore is open at http://127.0.0.1:${env["REST_API_PORT"]}`);
    const running = await runner.line(/^ {2}running /);
    const pids = [...running.matchAll(/pid (\d+)/g)].map((match) => Number(match[1]));
    expect(pids).toHaveLength(5);
    const reply = await fetch(`http://127.0.0.1:${env["REST_API_PORT"]}/orders`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"name":"Tux","quantity":1}',
    });
    expect(await reply.json()).toEqual({ data: { order_number: 0 } });
    // As a terminal and `bun run` do: one Ctrl-C, two signals.
    process.kill(runner.pid, "SIGINT");
    expect(await runner.kill("SIGINT")).toEqual({ status: 0, signal: undefined });
    expect(runner.lines.filter((line) => line.startsWith("catalog") && line.includes("stopped"))).toHaveLength(1);
    await Promise.all(pids.map(untilGone));
    const files = readdirSync(join(folder, "new"));
    expect(files).toEqual(expect.arrayContaining(["catalog.csv", "log1.csv", "log2.csv", "log3.csv"]));
  });

  test("goes on with the store that is there", async () => {
    await using ports = await claimPorts(9);
    const env = environment(ports, "new");
    await using runner = services(env, "--restart");
    runner.start();
    await runner.line(/Toystore is open/);
    const reply = await fetch(`http://127.0.0.1:${env["REST_API_PORT"]}/orders/0`);
    expect(await reply.json()).toEqual({ data: { number: 0, name: "Tux", quantity: 1 } });
    const pid = /order 2 pid (\d+)/.exec(await runner.line(/^ {2}running /))?.[1];
    process.kill(Number(pid), "SIGKILL");
    await runner.line(/order 2 ended \(SIGKILL\); it starts again/);
    expect(await runner.line(/services {2}\| order 2 pid/, runner.lines.length - 1)).not.toContain(`pid ${pid}`);
    expect(await runner.kill("SIGTERM")).toEqual({ status: 0, signal: undefined });
  });

  test("takes its processes with it when it is killed", async () => {
    await using ports = await claimPorts(9);
    await using runner = services(environment(ports, "killed"));
    runner.start();
    const running = await runner.line(/^ {2}running /);
    await runner.kill("SIGKILL");
    await Promise.all([...running.matchAll(/pid (\d+)/g)].map((match) => untilGone(Number(match[1]))));
  });

  test("starts nothing while a port is taken: one line, status 1, no files", async () => {
    await using taken = await takePort();
    await using ports = await claimPorts(9);
    await using runner = services({ ...environment(ports, "taken"), ORDER2_PORT_3: `${taken.port}` });
    runner.start();
    expect((await runner.ended()).status).toBe(1);
    expect(runner.lines).toEqual([
      `port ${taken.port} on 127.0.0.1 is taken: end what listens there, or set ORDER2_PORT_3 to another one`,
    ]);
    expect(existsSync(join(folder, "taken"))).toBeFalse();
  });

  test("starts nothing in a folder in which a store runs, and leaves that one alone", async () => {
    await using ports = await claimPorts(18);
    await using first = services(environment(ports, "shared"));
    first.start();
    await first.line(/Toystore is open/);
    const list = await Bun.file(join(folder, "shared", "processes.json")).text();
    await using second = services(environment(ports, "shared"));
    second.start();
    expect((await second.ended()).status).toBe(1);
    expect(second.lines).toEqual([expect.stringMatching(/^a store runs in .*shared already .*DATA_DIR/)]);
    expect(await Bun.file(join(folder, "shared", "processes.json")).text()).toBe(list);
    expect(await first.kill("SIGTERM")).toEqual({ status: 0, signal: undefined });
  });

  test("refuses what it does not know or cannot use: one line, status 1", async () => {
    await using unknown = services({}, "--restrat");
    await using unusable = services({ REST_API_PORT: "http" });
    for (const runner of [unknown, unusable]) runner.start();
    expect([(await unknown.ended()).status, (await unusable.ended()).status]).toEqual([1, 1]);
    expect(unknown.lines[0]).toContain("--restrat");
    expect(unusable.lines).toEqual(['REST_API_PORT="http" is not usable: accepted is a port, 1 to 65535']);
  });
});
