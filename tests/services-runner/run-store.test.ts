import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Component } from "../../services/runner/components.ts";
import { readRunnerConfig } from "../../services/runner/config.ts";
import { findProblems, type Run, runStore } from "../../services/runner/run-store.ts";
import { type ClaimedPorts, claimPorts } from "../harness/ports.ts";
import { isAlive, politeScript, readyScript, stub, takePort } from "./stubs.ts";

const folder = mkdtempSync(join(tmpdir(), "toystore-run-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A run whose output is kept, and that is always ended. */
class WatchedRun {
  output = "";
  readonly run: Run;
  private wake: (() => void) | undefined;

  constructor(
    url: string,
    components: readonly Component[],
    private readonly ports: ClaimedPorts,
  ) {
    this.run = runStore({
      config: { ...readRunnerConfig({ DATA_DIR: folder }), url },
      components,
      coloured: false,
      write: (text) => {
        this.output += text;
        this.wake?.();
      },
    });
  }

  async seen(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.output);
      if (match !== null) return match;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.run.stop();
    this.run.stop();
    await this.run.finished;
    await this.ports.release();
  }
}

/** Two stubs in place of the store; the second is a front-end on the run's own address. */
async function startStubs(catalogScript: string): Promise<WatchedRun> {
  const ports = await claimPorts(1);
  const port = ports.take();
  const components = [stub("catalog", catalogScript, 2), stub("front-end", readyScript(port), 0)];
  return new WatchedRun(`http://127.0.0.1:${port}`, components, ports);
}

describe("a store that is run", () => {
  test("is announced once it is open, with its address and its processes", async () => {
    await using watched = await startStubs(politeScript);
    const [, catalog] = await watched.seen(/running {2}catalog pid (\d+), front-end pid \d+\n/);
    expect(watched.output).toMatch(/Toystore is open at http:\/\/127\.0\.0\.1:\d+\n/);
    expect(watched.output).toContain("catalog   | hello\n");
    expect(isAlive(Number(catalog))).toBeTrue();
  });

  test("ends with 0 and without any process when it is stopped", async () => {
    await using watched = await startStubs(politeScript);
    const [, catalog, frontEnd] = await watched.seen(/running {2}catalog pid (\d+), front-end pid (\d+)/);
    watched.run.stop();
    expect(await watched.run.finished).toBe(0);
    expect([Number(catalog), Number(frontEnd)].filter(isAlive)).toEqual([]);
    expect(watched.output).toEndWith("all processes have ended\n");
  });

  test("goes on when one of its processes is killed, and says how to start it again", async () => {
    await using watched = await startStubs(politeScript);
    const [, catalog] = await watched.seen(/running {2}catalog pid (\d+)/);
    process.kill(Number(catalog), "SIGKILL");
    await watched.seen(/services {2}\| catalog ended \(SIGKILL\); to start it again: start catalog\n/);
    watched.run.stop();
    expect(await watched.run.finished).toBe(0);
  });

  test("ends with 1 if a process ends before the store is open", async () => {
    const neverReady = [
      stub("catalog", 'console.error("bad row"); process.exit(1)', 2),
      stub("front-end", politeScript),
    ];
    const ports = await claimPorts(1);
    await using watched = new WatchedRun(`http://127.0.0.1:${ports.take()}`, neverReady, ports);
    expect(await watched.run.finished).toBe(1);
    expect(watched.output).toContain("catalog   | bad row\n");
    expect(watched.output).toContain("the store did not open\n");
  });

  test("opens without one of its order replicas, and not without two", async () => {
    for (const missing of [1, 2]) {
      const ports = await claimPorts(1);
      const port = ports.take();
      const replicas = [1, 2, 3].map((id) => stub(`order ${id}`, id > missing ? politeScript : "process.exit(1)", 1));
      const components = [stub("catalog", politeScript, 2), ...replicas];
      if (missing === 1) components.push(stub("front-end", readyScript(port)));
      await using watched = new WatchedRun(`http://127.0.0.1:${port}`, components, ports);
      if (missing === 1) {
        await watched.seen(/Toystore is open/);
        expect(watched.output).toContain("order 1 ended (status 1); to start it again: start order 1\n");
        watched.run.stop();
      }
      expect(await watched.run.finished).toBe(missing - 1);
    }
  });

  test("does not start at all while its ports are taken, and each is named", async () => {
    await using rest = await takePort();
    await using catalog = await takePort();
    await using ports = await claimPorts(7);
    const names = ["FRONT_PORT", ...[1, 2, 3].flatMap((id) => [`ORDER_PORT_${id}`, `ORDER2_PORT_${id}`])];
    const env = Object.fromEntries(names.map((name) => [name, `${ports.take()}`]));
    const taken = { DATA_DIR: folder, REST_API_PORT: `${rest.port}`, CATALOG_PORT: `${catalog.port}` };
    const config = readRunnerConfig({ ...env, ...taken });
    const advice = "on 127.0.0.1 is taken: end what listens there, or set";
    expect(await findProblems(config)).toEqual([
      `port ${rest.port} ${advice} REST_API_PORT to another one`,
      `port ${catalog.port} ${advice} CATALOG_PORT to another one`,
    ]);
  });
});
