import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ClaimedPorts, claimPorts } from "./ports.ts";
import { TestProcess } from "./process.ts";

/** Where one front-end listens. */
export interface FrontEnd {
  readonly process: TestProcess;
  readonly restPort: number;
  /** http://127.0.0.1:PORT */
  readonly url: string;
}

export interface StoreOptions {
  /** How many front-ends (1). */
  readonly frontEnds?: number;
  /** Stock of each toy in the initial catalog (100). */
  readonly quantity?: number;
  /** Added to the environment of every process. */
  readonly env?: Readonly<Record<string, string>>;
}

const readyMs = 20_000;
const readyPollMs = 25;

/** Starts a whole store on free ports, with files of its own, and waits until every front-end is ready. */
export async function startStore(options: StoreOptions = {}): Promise<TestStore> {
  const store = await prepareStore(options);
  try {
    store.startAll();
    await store.waitReady();
    return store;
  } catch (error) {
    await store.stopAll();
    throw error;
  }
}

/** As startStore, but nothing is started yet; the initial catalog is there. */
export async function prepareStore(options: StoreOptions = {}): Promise<TestStore> {
  const frontEnds = options.frontEnds ?? 1;
  const ports = await claimPorts(7 + 2 * frontEnds);
  const folder = mkdtempSync(join(tmpdir(), "toystore-"));
  const store = new TestStore(folder, ports, frontEnds, options.env ?? {});
  try {
    await makeCatalog(store.catalogFile, options.quantity ?? 100);
    return store;
  } catch (error) {
    await store.stopAll();
    throw error;
  }
}

/**
 * The processes of one store: a catalog, three order replicas and front-ends.
 * Use it as `await using store = await startStore()`: whatever happens in the
 * test, no process, port or file is left behind.
 */
export class TestStore implements AsyncDisposable {
  readonly catalog: TestProcess;
  /** Replicas 1, 2, 3. */
  readonly orders: readonly TestProcess[];
  readonly frontEnds: readonly FrontEnd[];
  readonly catalogPort: number;
  /** Order RPC of replicas 1, 2, 3. */
  readonly orderPorts: readonly number[];
  private readonly env: Readonly<Record<string, string>>;

  /** Use startStore or prepareStore. */
  constructor(
    /** Holds every file of the store. */
    readonly folder: string,
    private readonly ports: ClaimedPorts,
    frontEnds: number,
    env: Readonly<Record<string, string>>,
  ) {
    this.catalogPort = ports.take();
    this.orderPorts = [ports.take(), ports.take(), ports.take()];
    const recoveryPorts = [ports.take(), ports.take(), ports.take()];
    const fronts = Array.from({ length: frontEnds }, () => ({ restPort: ports.take(), frontPort: ports.take() }));
    this.env = {
      CATALOG_PORT: `${this.catalogPort}`,
      FRONT_ADDRESSES: fronts.map(({ frontPort }) => `127.0.0.1:${frontPort}`).join(","),
      ...Object.fromEntries(this.orderPorts.map((port, i) => [`ORDER_PORT_${i + 1}`, `${port}`])),
      ...Object.fromEntries(recoveryPorts.map((port, i) => [`ORDER2_PORT_${i + 1}`, `${port}`])),
      ...env,
    };
    this.catalog = this.service("catalog", "catalog", { CATALOG_FILE: this.catalogFile });
    this.orders = [1, 2, 3].map((id) =>
      this.service(`order ${id}`, "order", { COMPONENT_ID: `${id}`, ORDER_LOG_FILE: this.logFile(id) }),
    );
    this.frontEnds = fronts.map(({ restPort, frontPort }, i) => ({
      restPort,
      url: `http://127.0.0.1:${restPort}`,
      process: this.service(`front-end ${i + 1}`, "front-end", {
        REST_API_PORT: `${restPort}`,
        FRONT_PORT: `${frontPort}`,
      }),
    }));
  }

  get catalogFile(): string {
    return join(this.folder, "catalog.csv");
  }

  /** The log of replica 1, 2 or 3. */
  logFile(id: number): string {
    return join(this.folder, `log${id}.csv`);
  }

  /** Replica 1, 2 or 3. */
  order(id: number): TestProcess {
    return at(this.orders, id - 1);
  }

  /** The first front-end's address. */
  get url(): string {
    return at(this.frontEnds, 0).url;
  }

  /** The first front-end's REST port. */
  get restPort(): number {
    return at(this.frontEnds, 0).restPort;
  }

  get processes(): readonly TestProcess[] {
    return [this.catalog, ...this.orders, ...this.frontEnds.map((frontEnd) => frontEnd.process)];
  }

  /** Starts every process that is not running. */
  startAll(): void {
    for (const process of this.processes) if (!process.isRunning) process.start();
  }

  /** Sends kill -9 to every process, all at once, and waits for their ends. */
  async killAll(): Promise<void> {
    await Promise.all(this.processes.filter((process) => process.isRunning).map((process) => process.kill("SIGKILL")));
  }

  /** Resolves when /readyz of every front-end says yes; rejects after 20 s, or when a process ends meanwhile. */
  async waitReady(): Promise<void> {
    const deadline = performance.now() + readyMs;
    const running = this.processes.filter((process) => process.isRunning);
    for (const { url } of this.frontEnds) {
      for (let reason = await notReady(url); reason !== undefined; reason = await notReady(url)) {
        const ended = running.filter((process) => !process.isRunning).map((process) => process.name);
        if (ended.length > 0) throw new Error(`${ended.join(", ")} ended at its start\n${this.describe()}`);
        if (performance.now() > deadline)
          throw new Error(`not ready within ${readyMs} ms: ${reason}\n${this.describe()}`);
        await Bun.sleep(readyPollMs);
      }
    }
  }

  /** Kills what runs, frees the ports and removes the files. May be called at any time, also twice. */
  async stopAll(): Promise<void> {
    await this.killAll();
    await this.ports.release();
    rmSync(this.folder, { recursive: true, force: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stopAll();
  }

  /** The last lines of every process, for the message of a failed test. */
  describe(): string {
    return this.processes.map((process) => `--- ${process.name}\n${process.tail()}`).join("\n");
  }

  private service(name: string, service: string, own: Readonly<Record<string, string>>): TestProcess {
    return new TestProcess({ name, file: `services/${service}/main.ts`, env: { ...this.env, ...own } });
  }
}

async function makeCatalog(file: string, quantity: number): Promise<void> {
  const options = ["--quantity", `${quantity}`, "--out", file];
  const maker = new TestProcess({
    name: "make-initial-catalog",
    file: "bin/make-initial-catalog.ts",
    arguments: options,
    env: {},
  });
  maker.start();
  const { status } = await maker.ended();
  if (status !== 0) throw new Error(`no initial catalog:\n${maker.tail()}`);
}

async function notReady(url: string): Promise<string | undefined> {
  try {
    const reply = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) });
    const text = await reply.text();
    return reply.status === 200 ? undefined : text;
  } catch (error) {
    return String(error);
  }
}

function at<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new Error(`there is no number ${index + 1} of ${items.length}`);
  return item;
}
