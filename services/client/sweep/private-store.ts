import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Subprocess } from "bun";
import { privateStoreEnvironment } from "../config.ts";
import { portVariables } from "./store-variables.ts";

const storeLimits = {
  openMs: 60_000,
  stopMs: 20_000,
  /** Of each toy: more than any sweep buys, so that no restock colours it. */
  stock: 10_000_000,
  /** What a store says that is kept for the message when it does not open. */
  outputKeptMax: 4_000,
};

const makeCatalogProgram = fileURLToPath(import.meta.resolve("../../../bin/make-initial-catalog.ts"));
const servicesProgram = fileURLToPath(import.meta.resolve("../../../bin/services.ts"));

/** A store of one's own, on free ports of this machine and in a temporary folder. */
export class PrivateStore implements AsyncDisposable {
  private constructor(
    readonly port: number,
    readonly catalogFile: string,
    private readonly folder: string,
    private readonly runner: Subprocess<"ignore", "pipe", "pipe">,
  ) {}

  /** Starts it and waits until it is open. Throws if it does not open. */
  static async open(variables: Readonly<Record<string, string>>): Promise<PrivateStore> {
    const folder = mkdtempSync(join(tmpdir(), "toystore-sweep-"));
    const catalogFile = join(folder, "catalog.csv");
    const ports = await findFreePorts(portVariables.length);
    const own = Object.fromEntries(portVariables.map((name, i) => [name, `${ports[i]}`]));
    const env = privateStoreEnvironment({ ...own, ...variables, DATA_DIR: folder });
    const words = ["--quantity", `${storeLimits.stock}`, "--out", catalogFile];
    const made = Bun.spawnSync([process.execPath, makeCatalogProgram, ...words], { env });
    if (made.exitCode !== 0) throw new Error(`no catalog could be made: ${made.stderr.toString()}`);
    const runner = Bun.spawn([process.execPath, servicesProgram], {
      env,
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    const store = new PrivateStore(Number(own["REST_API_PORT"]), catalogFile, folder, runner);
    try {
      await waitUntilOpen(runner);
      return store;
    } catch (error) {
      await store[Symbol.asyncDispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.runner.kill("SIGTERM");
    const timer = setTimeout(() => this.runner.kill("SIGKILL"), storeLimits.stopMs);
    await this.runner.exited;
    clearTimeout(timer);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Reads the output of the runner to its end, so that it never blocks; resolves when the store says that it is open. */
function waitUntilOpen(runner: Subprocess<"ignore", "pipe", "pipe">): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = "";
    const fail = (reason: string): void => reject(new Error(`${reason}\n${output.slice(-storeLimits.outputKeptMax)}`));
    const timer = setTimeout(() => fail(`the store did not open within ${storeLimits.openMs} ms`), storeLimits.openMs);
    const take = (text: string): void => {
      output = (output + text).slice(-2 * storeLimits.outputKeptMax);
      if (!output.includes("Toystore is open")) return;
      clearTimeout(timer);
      resolve();
    };
    const read = async (stream: ReadableStream<Uint8Array>): Promise<void> => {
      const decoder = new TextDecoder();
      for await (const bytes of stream) take(decoder.decode(bytes, { stream: true }));
    };
    const ended = Promise.all([read(runner.stdout), read(runner.stderr)]);
    void ended.finally(() => {
      clearTimeout(timer);
      fail("the store did not open");
    });
  });
}

/** Ports that nobody listens on at this moment. */
async function findFreePorts(count: number): Promise<number[]> {
  const listeners = Array.from({ length: count }, () =>
    Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => undefined } }),
  );
  const ports = listeners.map(({ port }) => port);
  for (const listener of listeners) listener.stop(true);
  return ports;
}
