import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Component } from "./components.ts";
import type { RunnerConfig } from "./config.ts";

/** Of the file's shape; grows when a field changes its meaning or goes. */
const version = 1;

/**
 * data/processes.json: which processes the store has at this moment, for tools
 * that send them signals (bin/client --fault). Written anew whenever one starts
 * or ends, and removed at the orderly end; after a crash of the runner it may be
 * left, so a reader makes sure that a pid still is what the file says.
 */
export class ProcessList {
  private readonly file: string;
  private isProblemTold = false;

  constructor(
    private readonly config: RunnerConfig,
    /** Told if the file cannot be written: the store goes on without it. */
    private readonly onProblem: (line: string) => void,
  ) {
    this.file = listFileOf(config);
  }

  write(running: readonly { readonly component: Component; readonly pid: number }[]): void {
    const processes = running.map(({ component: { name }, pid }) => ({ name, pid, ports: this.portsOf(name) }));
    const list = { toystoreProcesses: version, runner: process.pid, url: this.config.url, processes };
    try {
      mkdirSync(this.config.dataFolder, { recursive: true });
      // Replaced in one step: a reader never sees half of it.
      writeFileSync(`${this.file}.tmp`, `${JSON.stringify(list, undefined, 2)}\n`);
      renameSync(`${this.file}.tmp`, this.file);
    } catch (error) {
      this.tell(error);
    }
  }

  remove(): void {
    try {
      rmSync(this.file, { force: true });
    } catch (error) {
      this.tell(error);
    }
  }

  /** Once: whatever it is, it will be the same next time. */
  private tell(error: unknown): void {
    if (this.isProblemTold) return;
    this.isProblemTold = true;
    this.onProblem(`${this.file} cannot be written: ${(error as Error).message}`);
  }

  /** By variable: {"ORDER_PORT_2": 1122, "ORDER2_PORT_2": 1125}. */
  private portsOf(name: string): Record<string, number> {
    const own = portVariables(name);
    return Object.fromEntries(
      this.config.ports.filter(({ variable }) => own.includes(variable)).map(({ variable, port }) => [variable, port]),
    );
  }
}

export function listFileOf({ dataFolder }: RunnerConfig): string {
  return join(dataFolder, "processes.json");
}

function portVariables(name: string): readonly string[] {
  const replica = /^order (\d)$/.exec(name)?.[1];
  if (replica !== undefined) return [`ORDER_PORT_${replica}`, `ORDER2_PORT_${replica}`];
  return name === "catalog" ? ["CATALOG_PORT"] : ["REST_API_PORT", "FRONT_PORT"];
}
