import type { Fault } from "./fault.ts";
import type { StoreProcesses } from "./processes.ts";

/** What injecting faults needs of the world. */
export interface FaultWorld {
  readonly processes: () => StoreProcesses | { readonly problem: string };
  readonly isService: (pid: number, name: string) => boolean;
  /** Number of the leading replica. */
  readonly leader: () => Promise<number | undefined>;
  readonly signal: (pid: number, signal: NodeJS.Signals) => void;
  readonly after: (ms: number, act: () => void) => () => void;
  /** Something was done, or could not be. */
  readonly onEvent: (label: string, failed: boolean) => void;
}

/** Injects faults at their times; leaves no process stopped. */
export class Injector {
  private readonly cancels: (() => void)[] = [];
  /** Stopped processes, to be continued. */
  private readonly stopped = new Map<number, string>();

  constructor(private readonly world: FaultWorld) {}

  /** `sinceMs`: how much of the measured time is over (negative: it begins later). */
  start(faults: readonly Fault[], sinceMs: number): void {
    for (const fault of faults) this.after(Math.max(0, fault.atMs - sinceMs), () => void this.inject(fault));
  }

  /** Cancels what is to come, and continues what is stopped. */
  end(): void {
    for (const cancel of this.cancels) cancel();
    for (const [pid, name] of this.stopped) this.resume(pid, name);
  }

  private async inject(fault: Fault): Promise<void> {
    const victim = await this.findVictim(fault);
    if (typeof victim === "string") {
      this.world.onEvent(`${fault.text} not done: ${victim}`, true);
      return;
    }
    const { pid, name } = victim;
    this.world.signal(pid, fault.action === "kill" ? "SIGKILL" : "SIGSTOP");
    const role = fault.target === name ? "" : `${fault.target}, `;
    this.world.onEvent(`${fault.action} ${role}${name} (pid ${pid})`, false);
    if (fault.action === "kill") return;
    this.stopped.set(pid, name);
    this.after(fault.forMs, () => this.resume(pid, name));
  }

  private resume(pid: number, name: string): void {
    if (!this.stopped.delete(pid)) return;
    if (!this.world.isService(pid, name)) return;
    this.world.signal(pid, "SIGCONT");
    this.world.onEvent(`${name} goes on`, false);
  }

  /** The process to hit, or why there is none. */
  private async findVictim(fault: Fault): Promise<{ pid: number; name: string } | string> {
    const store = this.world.processes();
    if ("problem" in store) return store.problem;
    const name = await this.nameOf(fault.target);
    if (name === undefined) return "the store names no leader";
    const found = store.processes.find((process) => process.name === name);
    if (found === undefined) return `${name} is not running`;
    return this.world.isService(found.pid, name) ? found : `pid ${found.pid} is not ${name} (any more)`;
  }

  private async nameOf(target: Fault["target"]): Promise<string | undefined> {
    if (target !== "leader" && target !== "follower") return target;
    const leader = await this.world.leader();
    if (leader === undefined) return undefined;
    return `order ${target === "leader" ? leader : (leader % 3) + 1}`;
  }

  private after(ms: number, act: () => void): void {
    this.cancels.push(this.world.after(ms, act));
  }
}
