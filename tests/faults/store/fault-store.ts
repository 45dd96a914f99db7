import { mkdirSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";
import { TestProcess } from "../../harness/process.ts";
import { type FrontEnd, prepareStore, type TestStore } from "../../harness/store.ts";
import type { Counter } from "../load/load.ts";
import { Links } from "./links.ts";

export interface FaultStoreOptions {
  /** Every connection between two processes goes through a proxy that can lose it. */
  readonly proxied?: boolean;
  /** The front-ends listen on one REST port. */
  readonly sharedPort?: boolean;
  /** Gives each process's own folder a file system of its own, and takes it away again. */
  readonly disks?: Disks;
  /** Where each process lives, if not on 127.0.0.1. */
  readonly homes?: (name: string) => Home;
}

export interface Disks {
  mount(folder: string): void;
  unmount(folder: string): void;
}

/** An address of its own, and the script that starts a service there: its arguments, then the service's file. */
export interface Home {
  readonly host: string;
  readonly launcher?: { readonly file: string; readonly arguments: readonly string[] };
}

const frontEndsCount = 2;
/** So few that they sell out while other things happen. */
const marbles = 120;
/** No toy is restocked by itself: what clients see is then decided by purchases alone. */
const never = "86400000";

/**
 * A store to be hurt: a catalog, three replicas and two front-ends as the
 * harness makes them, but each with a folder of its own and, if wanted, with
 * lossy ways to the others.
 */
export class FaultStore implements AsyncDisposable {
  readonly links = new Links();
  catalog: TestProcess;
  readonly orders: TestProcess[];
  readonly frontEnds: FrontEnd[];

  private constructor(
    private readonly base: TestStore,
    readonly options: FaultStoreOptions,
  ) {
    for (const folder of this.folders) {
      mkdirSync(folder);
      options.disks?.mount(folder);
    }
    renameSync(base.catalogFile, `${base.folder}/catalog.new`);
    this.catalog = base.catalog;
    this.orders = [...base.orders];
    this.frontEnds = [...base.frontEnds];
  }

  /** `stock`: of every toy but Marbles; nothing is started yet. */
  static async prepare(stock: number, options: FaultStoreOptions = {}): Promise<FaultStore> {
    const base = await prepareStore({ frontEnds: frontEndsCount, quantity: stock });
    const store = new FaultStore(base, options);
    try {
      const rows = await Bun.file(`${base.folder}/catalog.new`).text();
      await Bun.write(store.catalogFile, rows.replace(/^(Marbles,.*),\d+$/m, `$1,${marbles}`));
      await store.wire();
      return store;
    } catch (error) {
      await store[Symbol.asyncDispose]();
      throw error;
    }
  }

  get catalogFile(): string {
    return join(this.base.folder, "catalog", "catalog.csv");
  }

  get orderPorts(): readonly number[] {
    return this.base.orderPorts;
  }

  /** Every RPC port, with whom it belongs to. */
  get rpcPorts(): readonly { readonly name: string; readonly port: number }[] {
    const own = (process: TestProcess, variable: string) => ({ name: process.name, port: portOf(process, variable) });
    return [
      { name: "catalog", port: this.base.catalogPort },
      ...this.orders.flatMap((order, nth) => [
        own(order, `ORDER_PORT_${nth + 1}`),
        own(order, `ORDER2_PORT_${nth + 1}`),
      ]),
      ...this.frontEnds.map(({ process }) => own(process, "FRONT_PORT")),
    ];
  }

  get processes(): readonly TestProcess[] {
    return [this.catalog, ...this.orders, ...this.frontEnds.map(({ process }) => process)];
  }

  /** Where a process listens. */
  hostOf(name: string): string {
    return this.options.homes?.(name).host ?? "127.0.0.1";
  }

  /** Where clients buy; front-ends that share a port are one. */
  get counters(): readonly Counter[] {
    const all = this.frontEnds.map(({ process: { name }, restPort }) => ({
      name,
      host: this.hostOf(name),
      port: restPort,
    }));
    return this.options.sharedPort === true ? all.slice(0, 1) : all;
  }

  /** Replica 1, 2 or 3. */
  order(id: number): TestProcess {
    return at(this.orders, id - 1);
  }

  frontEnd(number: number): FrontEnd {
    return at(this.frontEnds, number - 1);
  }

  /** The log of replica 1, 2 or 3. */
  logFile(id: number): string {
    return join(this.base.folder, `order${id}`, `log${id}.csv`);
  }

  /** Where a process keeps its files. */
  folderOf(name: string): string {
    return name === "catalog" ? dirname(this.catalogFile) : dirname(this.logFile(Number(name.slice("order ".length))));
  }

  startAll(): void {
    for (const process of this.processes) if (!process.isRunning) process.start();
  }

  async killAll(): Promise<void> {
    await Promise.all(this.processes.filter((process) => process.isRunning).map((process) => process.kill("SIGKILL")));
  }

  describe(): string {
    return this.processes.map((process) => `--- ${process.name}\n${process.tail(8)}`).join("\n");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.killAll();
    await this.links[Symbol.asyncDispose]();
    for (const folder of this.folders) this.options.disks?.unmount(folder);
    await this.base.stopAll();
  }

  private get folders(): readonly string[] {
    return ["catalog", "order1", "order2", "order3"].map((name) => join(this.base.folder, name));
  }

  /** Gives every process its own folder and the ways to the others. */
  private async wire(): Promise<void> {
    const catalogEnv: Record<string, string> = { CATALOG_FILE: this.catalogFile, RESTOCK_INTERVAL: never };
    const frontPorts = this.frontEnds.map(({ process }) => ({
      name: process.name,
      port: portOf(process, "FRONT_PORT"),
    }));
    const fronts = await Promise.all(frontPorts.map(({ name, port }) => this.way("catalog", name, port)));
    const hosts = frontPorts.map(({ name }) => this.hostOf(name));
    catalogEnv["FRONT_ADDRESSES"] = fronts.map((port, nth) => `${hosts[nth]}:${port}`).join(",");
    this.catalog = this.remake(this.catalog, catalogEnv);
    for (const id of [1, 2, 3]) {
      const env = { ORDER_LOG_FILE: this.logFile(id), ...(await this.waysToOrders(`order ${id}`, id)) };
      this.orders[id - 1] = this.remake(this.order(id), env);
    }
    for (const [nth, frontEnd] of [...this.frontEnds].entries()) {
      const shared = this.options.sharedPort === true ? this.frontEnd(1).restPort : frontEnd.restPort;
      const sharing = this.options.sharedPort === true ? { REST_REUSE_PORT: "1" } : {};
      const ways = await this.waysToOrders(frontEnd.process.name);
      const process = this.remake(frontEnd.process, { REST_API_PORT: `${shared}`, ...sharing, ...ways });
      this.frontEnds[nth] = { process, restPort: shared, url: `http://${this.hostOf(process.name)}:${shared}` };
    }
  }

  /** To every replica but `own`, and to the catalog. */
  private async waysToOrders(name: string, own?: number): Promise<Record<string, string>> {
    const env: Record<string, string> = { CATALOG_PORT: `${await this.way(name, "catalog", this.base.catalogPort)}` };
    for (const id of [1, 2, 3].filter((other) => other !== own)) {
      for (const variable of [`ORDER_PORT_${id}`, `ORDER2_PORT_${id}`]) {
        env[variable] = `${await this.way(name, `order ${id}`, portOf(this.order(id), variable))}`;
      }
    }
    return env;
  }

  private async way(from: string, to: string, port: number): Promise<number> {
    return this.options.proxied === true ? await this.links.between(from, to, port) : port;
  }

  private remake(process: TestProcess, changes: Record<string, string>): TestProcess {
    const hosts = Object.fromEntries([1, 2, 3].map((id) => [`ORDER_HOST_${id}`, this.hostOf(`order ${id}`)]));
    const own = { BIND_ADDRESS: this.hostOf(process.name), CATALOG_HOST: this.hostOf("catalog") };
    const env = { ...process.options.env, ...hosts, ...own, ...changes };
    const { launcher } = this.options.homes?.(process.name) ?? {};
    if (launcher === undefined) return new TestProcess({ ...process.options, env });
    return new TestProcess({
      name: process.name,
      file: launcher.file,
      arguments: [...launcher.arguments, process.options.file],
      env,
    });
  }
}

function portOf(process: TestProcess, variable: string): number {
  return Number(process.options.env[variable]);
}

function at<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new Error(`there is no number ${index + 1} of ${items.length}`);
  return item;
}
