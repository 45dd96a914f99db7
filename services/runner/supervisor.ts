import { Child, type Ending } from "./child.ts";
import type { Component } from "./components.ts";

export const supervisorLimits = {
  /** How long a group may take to stop before it is killed. */
  stopMs: 5_000,
  /** Before a restart; doubled while the process does not live for `stableMs`. */
  firstRestartPauseMs: 250,
  restartPauseMsMax: 5_000,
  stableMs: 10_000,
};

export interface SupervisorOptions {
  readonly components: readonly Component[];
  readonly restart: boolean;
  readonly onLine: (component: Component, line: string) => void;
  /** A process ended without being asked to; `restartsInMs` if it will be started again. */
  readonly onEnded: (component: Component, ending: Ending, restartsInMs: number | undefined) => void;
  readonly onStarted?: (component: Component, pid: number) => void;
}

interface Slot {
  readonly component: Component;
  child: Child | undefined;
  restartTimer: ReturnType<typeof setTimeout> | undefined;
  restartPauseMs: number;
}

/** Runs a set of processes; stops them in order; leaves none. */
export class Supervisor {
  private readonly slots: readonly Slot[];
  private stopping = false;

  constructor(private readonly options: SupervisorOptions) {
    this.slots = options.components.map((component) => ({
      component,
      child: undefined,
      restartTimer: undefined,
      restartPauseMs: supervisorLimits.firstRestartPauseMs,
    }));
  }

  start(): void {
    for (const slot of this.slots) this.startOne(slot);
  }

  get running(): { readonly component: Component; readonly pid: number }[] {
    return this.slots.flatMap(({ component, child }) => (child?.isRunning ? [{ component, pid: child.pid }] : []));
  }

  /** Resolves when no process is left: asks group by group, and kills what takes too long. */
  async stop(): Promise<void> {
    this.stopping = true;
    for (const slot of this.slots) clearTimeout(slot.restartTimer);
    const groups = new Set(this.slots.map((slot) => slot.component.stopGroup));
    for (const group of [...groups].sort((a, b) => a - b)) {
      await Promise.all(this.slots.filter((slot) => slot.component.stopGroup === group).map(stopOne));
    }
  }

  /** Ends everything at once; for those who cannot wait. */
  killAll(): void {
    this.stopping = true;
    for (const slot of this.slots) {
      clearTimeout(slot.restartTimer);
      slot.child?.kill("SIGKILL");
    }
  }

  private startOne(slot: Slot): void {
    const { component } = slot;
    const child = new Child(component, (line) => this.options.onLine(component, line));
    slot.child = child;
    this.options.onStarted?.(component, child.pid);
    void child.ended.then((ending) => this.noteEnd(slot, ending));
  }

  private noteEnd(slot: Slot, ending: Ending): void {
    slot.child = undefined;
    if (this.stopping) return;
    if (!this.options.restart) {
      this.options.onEnded(slot.component, ending, undefined);
      return;
    }
    const { firstRestartPauseMs, restartPauseMsMax, stableMs } = supervisorLimits;
    if (ending.livedMs >= stableMs) slot.restartPauseMs = firstRestartPauseMs;
    const pauseMs = slot.restartPauseMs;
    slot.restartPauseMs = Math.min(pauseMs * 2, restartPauseMsMax);
    slot.restartTimer = setTimeout(() => this.startOne(slot), pauseMs);
    this.options.onEnded(slot.component, ending, pauseMs);
  }
}

async function stopOne(slot: Slot): Promise<void> {
  const child = slot.child;
  if (child === undefined) return;
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), supervisorLimits.stopMs);
  await child.ended;
  clearTimeout(timer);
}
