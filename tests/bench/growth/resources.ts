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

/** By windows of time. The last may be cut short, and is left out. */
export function windowsOf(samples: readonly Sample[], seconds: number): Sample[][] {
  const windows: Sample[][] = [];
  let number = Number.NaN;
  for (const sample of samples) {
    const itsNumber = Math.floor(sample.atS / seconds);
    if (itsNumber !== number) windows.push([]);
    windows.at(-1)?.push(sample);
    number = itsNumber;
  }
  return windows.slice(0, -1);
}

/** The sample with the median of what is picked. */
export function middleOf(samples: readonly Sample[], pick: (sample: Sample) => number): Sample {
  const sorted = samples.toSorted((a, b) => pick(a) - pick(b));
  return sorted[Math.floor(sorted.length / 2)] as Sample;
}

/**
 * Of what is picked, a second: the median of the slopes between any two samples, so that a few that are far off do
 * not bend it (Sen, "Estimates of the regression coefficient based on Kendall's tau", 1968). NaN if there are not two.
 */
export function slopeOf(samples: readonly Sample[], pick: (sample: Sample) => number): number {
  const slopes = samples.flatMap((from, nth) =>
    samples.slice(nth + 1).map((to) => (pick(to) - pick(from)) / (to.atS - from.atS)),
  );
  return slopes.length === 0 ? Number.NaN : median(slopes);
}

export function highest(samples: readonly Sample[]): number {
  return Math.max(...samples.map(({ rssMb }) => rssMb));
}
