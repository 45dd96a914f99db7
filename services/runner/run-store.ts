import { existsSync } from "node:fs";
import { lockBeside } from "../lib/file-lock.ts";
import { announce } from "./announcement.ts";
import type { Component } from "./components.ts";
import type { RunnerConfig } from "./config.ts";
import { makePrefixes } from "./lines.ts";
import { portProblem } from "./ports.ts";
import { listFileOf, ProcessList } from "./process-list.ts";
import { waitUntilReady } from "./readiness.ts";
import { Supervisor } from "./supervisor.ts";

export interface RunOptions {
  readonly config: RunnerConfig;
  readonly components: readonly Component[];
  /** Colours for the prefixes. */
  readonly coloured: boolean;
  readonly write: (text: string) => void;
}

/** A store that is being run; `finished` resolves with the exit status when no process is left. */
export interface Run {
  readonly finished: Promise<number>;
  /** First call: stop in order. Second: at once. */
  stop(): void;
}

/**
 * Why the store cannot be run, a line each: another one runs in its folder, or
 * ports cannot be had. Empty: from now on the folder is this process's.
 */
export async function findProblems(config: RunnerConfig): Promise<string[]> {
  // A folder that is not there yet is nobody's, and is not made in vain.
  const isNew = !existsSync(config.dataFolder);
  const inUse = isNew ? undefined : folderProblem(config);
  if (inUse !== undefined) return [inUse];
  const found = await Promise.all(config.ports.map((use) => portProblem(use, config.bindAddress)));
  const problems = new Set(found.filter((problem) => problem !== undefined));
  if (problems.size > 0 || !isNew) return [...problems];
  const taken = folderProblem(config);
  return taken === undefined ? [] : [taken];
}

function folderProblem(config: RunnerConfig): string | undefined {
  const file = listFileOf(config);
  try {
    if (lockBeside(file)) return undefined;
  } catch (error) {
    return `DATA_DIR=${config.dataFolder} cannot be used: ${(error as Error).message}`;
  }
  const advice = "end it first, or set DATA_DIR to another folder";
  return `a store runs in ${config.dataFolder} already (its processes are in ${file}): ${advice}`;
}

/** Starts the processes, announces the open store, and keeps going until it is stopped. */
export function runStore(options: RunOptions): Run {
  const run = new StoreRun(options);
  return { finished: run.run(), stop: () => run.stop() };
}

const ownName = "services";

class StoreRun {
  private readonly supervisor: Supervisor;
  private readonly prefixes: ReadonlyMap<string, string>;
  private readonly list: ProcessList;
  private readonly stopRequest = Promise.withResolvers<undefined>();
  private stops = 0;
  private isOpen = false;
  private status = 0;

  constructor(private readonly options: RunOptions) {
    const { components, config } = options;
    this.prefixes = makePrefixes([...components.map((component) => component.name), ownName], options.coloured);
    this.list = new ProcessList(config, (line) => this.print(ownName, line));
    this.supervisor = new Supervisor({
      components,
      restart: config.restart,
      onLine: (component, line) => this.print(component.name, line),
      onEnded: (component, ending, restartsInMs) => this.noteEnd(component, ending.how, restartsInMs),
      onStarted: (component, pid) => {
        this.print(ownName, `${component.name} pid ${pid}`);
        this.list.write(this.supervisor.running);
      },
    });
  }

  async run(): Promise<number> {
    this.supervisor.start();
    const opening = this.open();
    await this.stopRequest.promise;
    await Promise.all([this.supervisor.stop(), opening]);
    this.list.remove();
    this.print(ownName, "all processes have ended");
    return this.status;
  }

  stop(): void {
    this.stops++;
    if (this.stops === 1) this.print(ownName, "stopping: front-end, order replicas, catalog (again: at once)");
    else this.supervisor.killAll();
    this.stopRequest.resolve(undefined);
  }

  private async open(): Promise<void> {
    const { config, write } = this.options;
    this.isOpen = await waitUntilReady({
      url: config.url,
      stopped: () => this.stops > 0,
      onStillWaiting: (reason) => this.print(ownName, `not open yet: ${reason.replaceAll("\n", "; ")}`),
    });
    if (this.isOpen) write(announce(config, this.supervisor.running));
  }

  private noteEnd(component: Component, how: string, restartsInMs: number | undefined): void {
    this.list.write(this.supervisor.running);
    if (restartsInMs !== undefined) {
      this.print(ownName, `${component.name} ended (${how}); it starts again in ${restartsInMs} ms`);
      return;
    }
    this.print(ownName, `${component.name} ended (${how}); to start it again: ${component.commandLine}`);
    if (this.isOpen || this.stops > 0 || this.opensWithout(component)) return;
    this.print(ownName, "the store did not open");
    this.status = 1;
    this.stop();
  }

  /** A majority of the order replicas is enough. */
  private opensWithout({ service }: Component): boolean {
    const isReplica = (one: Component): boolean => one.service === "order";
    const running = this.supervisor.running.filter((one) => isReplica(one.component)).length;
    return service === "order" && running > this.options.components.filter(isReplica).length / 2;
  }

  private print(name: string, line: string): void {
    this.options.write(`${this.prefixes.get(name) ?? name} ${line}\n`);
  }
}
