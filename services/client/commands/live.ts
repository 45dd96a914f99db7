import type { RunArguments } from "../arguments/run.ts";
import { Injector } from "../faults/inject.ts";
import { findLeader } from "../faults/leader.ts";
import { isService, readProcesses } from "../faults/processes.ts";
import type { Crew } from "../load/crew.ts";
import type { Recording } from "../report/recording.ts";
import type { TimedEvent } from "../report/report.ts";
import type { RunWorld } from "./perform.ts";

const liveLimits = {
  drawMs: 250,
  /** How often the front-end is asked who leads: for the display, and when a fault may change it. */
  leaderMs: 1_000,
  leaderMsWithFaults: 200,
};

/** What goes on beside the load: progress, faults, who leads, Ctrl-C. */
export class Live {
  readonly events: TimedEvent[] = [];
  private leader: string | undefined;
  private asking = false;
  private isEnded = false;
  private readonly timers: readonly ReturnType<typeof setInterval>[];
  private readonly injector: Injector;

  constructor(
    private readonly wanted: RunArguments,
    private readonly crew: Crew,
    private readonly recording: Recording,
    private readonly world: RunWorld,
  ) {
    this.injector = new Injector({
      processes: () => readProcesses(wanted.processesFile),
      isService,
      leader: () => this.findLeader().then((found) => found?.id),
      signal: (pid, signal) => void process.kill(pid, signal),
      after: (ms, act) => {
        const timer = setTimeout(act, ms);
        return () => clearTimeout(timer);
      },
      onEvent: (label) => this.note(label),
    });
    this.injector.start(wanted.faults, this.sinceMs());
    const { leaderMs: calm, leaderMsWithFaults } = liveLimits;
    const leaderMs = wanted.faults.length === 0 ? calm : leaderMsWithFaults;
    this.timers = [
      setInterval(() => this.draw(), liveLimits.drawMs),
      setInterval(() => void this.watchLeader(), leaderMs),
    ];
    void this.watchLeader();
  }

  /** Takes everything back that is not the load's own. */
  end(): void {
    this.isEnded = true;
    for (const timer of this.timers) clearInterval(timer);
    this.injector.end();
    this.world.progress.clear();
  }

  private sinceMs(): number {
    return this.world.clock.now() - this.crew.zeroEpochMs;
  }

  private note(label: string): void {
    const at = Number((Math.max(0, this.sinceMs()) / 1000).toFixed(3));
    this.events.push({ at, label });
    this.world.progress.event(`${at.toFixed(1)} s: ${label}`);
  }

  private draw(): void {
    if (this.world.interrupted()) this.crew.stop();
    const elapsedMs = Math.max(0, this.sinceMs());
    this.world.progress.load(this.recording, { done: this.done(elapsedMs), elapsedMs, leader: this.leader });
  }

  private done(elapsedMs: number): number {
    const { pace, connections } = this.wanted.plan;
    if (pace.type !== "repeats") return elapsedMs / pace.durationMs;
    return this.recording.iterations / (pace.repeats * connections);
  }

  /** A change of the leader is an event; that there is one at the beginning is not. */
  private async watchLeader(): Promise<void> {
    if (this.asking) return;
    this.asking = true;
    const found = await this.findLeader();
    this.asking = false;
    if (found === undefined || this.isEnded) return;
    const leader = `leader: order ${found.id}, term ${found.term}`;
    if (this.leader !== undefined && this.leader !== leader) this.note(leader);
    this.leader = leader;
  }

  /** The first front-end that knows. */
  private async findLeader(): Promise<{ id: number; term: number } | undefined> {
    for (const target of this.wanted.plan.targets) {
      const found = await findLeader(target);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}
