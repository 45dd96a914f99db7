import { readdirSync, readFileSync } from "node:fs";
import type { TestProcess } from "../../harness/process.ts";
import { median } from "../samples.ts";

/** What one process had at one moment. */
export interface Sample {
  /** Seconds since the first sample. */
  readonly atS: number;
  readonly rssMb: number;
  readonly files: number;
}

/** Looks at memory and file descriptors of processes at a steady pace, until it is stopped. */
export class Resources {
  private readonly samples = new Map<string, Sample[]>();
  private readonly startMs = performance.now();
  private readonly timer: ReturnType<typeof setInterval>;

  constructor(
    private readonly processes: readonly TestProcess[],
    everyMs: number,
  ) {
    this.look();
    this.timer = setInterval(() => this.look(), everyMs);
  }

  /** Every sample, by the process's name. */
  stop(): ReadonlyMap<string, readonly Sample[]> {
    clearInterval(this.timer);
    this.look();
    return this.samples;
  }

  private look(): void {
    const atS = (performance.now() - this.startMs) / 1_000;
    for (const { name, pid } of this.processes) {
      const of = this.samples.get(name) ?? [];
      this.samples.set(name, of);
      of.push({ atS, rssMb: residentMb(pid), files: readdirSync(`/proc/${pid}/fd`).length });
    }
  }
}

function residentMb(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return (Number(kib) * 1_024) / 1e6;
}

export interface Halves {
  readonly first: readonly Sample[];
  readonly second: readonly Sample[];
}

/** By time. */
export function halvesOf(samples: readonly Sample[]): Halves {
  const middleS = ((samples[0]?.atS ?? 0) + (samples.at(-1)?.atS ?? 0)) / 2;
  return { first: samples.filter(({ atS }) => atS < middleS), second: samples.filter(({ atS }) => atS >= middleS) };
}

/** Of what is picked, a second: the straight line with the least squares. */
export function slopeOf(samples: readonly Sample[], pick: (sample: Sample) => number): number {
  const meanS = mean(samples.map(({ atS }) => atS));
  const mean1 = mean(samples.map(pick));
  let [above, below] = [0, 0];
  for (const sample of samples) {
    above += (sample.atS - meanS) * (pick(sample) - mean1);
    below += (sample.atS - meanS) ** 2;
  }
  return above / below;
}

/** What is picked of the samples in each window of time. The last window may be cut short, and is left out. */
export function windowsOf(
  samples: readonly Sample[],
  seconds: number,
  pick: (window: readonly Sample[]) => number,
): number[] {
  const windows: Sample[][] = [];
  const firstS = samples[0]?.atS ?? 0;
  for (const sample of samples) {
    if (sample.atS >= firstS + seconds * windows.length) windows.push([]);
    windows.at(-1)?.push(sample);
  }
  return windows.slice(0, -1).map(pick);
}

/**
 * From a value to the next: the median of the slopes between any two of them, so that a few that are far off do not
 * bend it (Sen, "Estimates of the regression coefficient based on Kendall's tau", 1968). There are at least two.
 */
export function steadySlopeOf(values: readonly number[]): number {
  const slopes = values.flatMap((from, nth) => values.slice(nth + 1).map((to, further) => (to - from) / (further + 1)));
  return median(slopes);
}

export function highest(samples: readonly Sample[]): number {
  return Math.max(...samples.map(({ rssMb }) => rssMb));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
