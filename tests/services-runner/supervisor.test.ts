import { describe, expect, test } from "bun:test";
import type { Component } from "../../services/runner/components.ts";
import { Supervisor, supervisorLimits } from "../../services/runner/supervisor.ts";
import { isAlive, politeScript, stub, stubbornScript, untilGone } from "./stubs.ts";

/** A supervisor, what it reported, and a way to wait for it. */
class Watched {
  readonly events: string[] = [];
  readonly pids: number[] = [];
  readonly supervisor: Supervisor;
  private waiting: { count: number; text: string; resolve: () => void }[] = [];

  constructor(components: readonly Component[], restart = false) {
    this.supervisor = new Supervisor({
      components,
      restart,
      onLine: (component, line) => this.note(`${component.name}: ${line}`),
      onEnded: (component, ending, ms) => this.note(`${component.name} ended (${ending.how}) ${ms ?? "for good"}`),
      onStarted: (_, pid) => this.pids.push(pid),
    });
    this.supervisor.start();
  }

  /** Resolves when an event with this text has been seen `count` times. */
  seen(text: string, count = 1): Promise<void> {
    return new Promise((resolve) => {
      this.waiting.push({ count, text, resolve });
      this.release();
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.supervisor.killAll();
    return this.supervisor.stop();
  }

  private note(event: string): void {
    this.events.push(event);
    this.release();
  }

  private release(): void {
    this.waiting = this.waiting.filter(({ count, text, resolve }) => {
      const isSeen = this.events.filter((event) => event.includes(text)).length >= count;
      if (isSeen) resolve();
      return !isSeen;
    });
  }
}

describe("a supervisor", () => {
  test("stops its processes group by group and leaves none", async () => {
    const components = [stub("last", politeScript, 2), stub("middle", politeScript, 1), stub("first", politeScript, 0)];
    await using watched = new Watched(components);
    await watched.seen("hello", 3);
    await watched.supervisor.stop();
    expect(watched.events.slice(3)).toEqual(["first: bye", "middle: bye", "last: bye"]);
    expect(watched.pids.filter(isAlive)).toEqual([]);
    expect(watched.supervisor.running).toEqual([]);
  });

  test("kills what does not stop in time", async () => {
    const stopMs = supervisorLimits.stopMs;
    supervisorLimits.stopMs = 50;
    try {
      await using watched = new Watched([stub("stubborn", stubbornScript)]);
      await watched.seen("hello");
      await watched.supervisor.stop();
      expect(watched.pids.filter(isAlive)).toEqual([]);
    } finally {
      supervisorLimits.stopMs = stopMs;
    }
  });

  test("kills everything at once when told to", async () => {
    await using watched = new Watched([stub("stubborn", stubbornScript), stub("polite", politeScript)]);
    await watched.seen("hello", 2);
    const stopped = watched.supervisor.stop();
    watched.supervisor.killAll();
    await stopped;
    expect(watched.pids.filter(isAlive)).toEqual([]);
    expect(watched.events).not.toContain("polite ended");
  });

  test("says how a process ended, status or signal, and lets it rest", async () => {
    const broken = 'console.log("hello"); console.error("bad row"); process.exit(7);';
    await using watched = new Watched([stub("broken", broken), stub("killed", politeScript)]);
    await watched.seen("killed: hello");
    const killed = watched.supervisor.running.find(({ component }) => component.name === "killed");
    process.kill(killed?.pid ?? 0, "SIGKILL");
    await Promise.all([
      watched.seen("broken ended (status 7) for good"),
      watched.seen("killed ended (SIGKILL) for good"),
    ]);
    expect(watched.events).toContain("broken: bad row");
    expect(watched.pids).toHaveLength(2);
  });

  test("starts a process again if wanted, after a pause that grows while it does not live", async () => {
    await using watched = new Watched([stub("mortal", 'console.log("hello");')], true);
    await watched.seen("mortal: hello", 3);
    const pauses = watched.events.filter((event) => event.includes("ended"));
    expect(pauses.slice(0, 2)).toEqual(["mortal ended (status 0) 250", "mortal ended (status 0) 500"]);
  });

  test("starts nothing again once it stops", async () => {
    await using watched = new Watched([stub("mortal", 'console.log("hello");')], true);
    await watched.seen("ended");
    await watched.supervisor.stop();
    expect(watched.supervisor.running).toEqual([]);
    expect(watched.pids).toHaveLength(1);
  });

  test("that is killed itself takes its processes with it", async () => {
    const script = `
      const { Child } = await import(${JSON.stringify(`${import.meta.dir}/../../services/runner/child.ts`)});
      const component = ${JSON.stringify(stub("orphan", politeScript))};
      const child = new Child(component, (line) => console.log(child.pid, line));
    `;
    const parent = Bun.spawn([process.execPath, "-e", script], { stdin: "ignore", stdout: "pipe" });
    const { value } = await parent.stdout.getReader().read();
    const [pid, word] = new TextDecoder().decode(value).trim().split(" ");
    expect(word).toBe("hello");
    parent.kill("SIGKILL");
    await parent.exited;
    await untilGone(Number(pid));
  });
});
