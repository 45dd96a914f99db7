import type { Recording } from "./recording.ts";
import { formatMs } from "./terminal.ts";

const progressLimits = { barWidth: 24, plainEveryMs: 5_000, drawEveryMs: 100 };

/** How far a run is. */
export interface ProgressState {
  /** 0 to 1. */
  readonly done: number;
  readonly elapsedMs: number;
  readonly leader: string | undefined;
}

/** Where progress is shown. */
export interface ProgressScreen {
  /** A line that can be overwritten. */
  readonly isTerminal: boolean;
  readonly columns: number;
  readonly write: (text: string) => void;
}

/** Live progress: a line that is rewritten in a terminal, a plain line now and then elsewhere. */
export class Progress {
  private lastMs = Number.NEGATIVE_INFINITY;
  private drawn = false;

  constructor(private readonly screen: ProgressScreen) {}

  /** During the load. */
  load(recording: Recording, state: ProgressState): void {
    this.draw([bar(state.done), `${(state.elapsedMs / 1000).toFixed(0)} s`, ...describeLoad(recording, state)], state);
  }

  /** During the proof. */
  proof(done: number, of: number, elapsedMs: number): void {
    const share = of === 0 ? 1 : done / of;
    this.draw([bar(share), `proving: ${done} of ${of} look-ups`], { elapsedMs });
  }

  /** Something happened; it stays on the screen. */
  event(text: string): void {
    this.clear();
    this.screen.write(`${text}\n`);
  }

  /** Leaves a clean line. */
  clear(): void {
    if (this.drawn) this.screen.write("\r\x1b[K");
    this.drawn = false;
  }

  private draw(parts: readonly string[], { elapsedMs }: { readonly elapsedMs: number }): void {
    const { isTerminal, columns, write } = this.screen;
    const { plainEveryMs, drawEveryMs } = progressLimits;
    // Time starts anew with the proof.
    const sinceMs = elapsedMs < this.lastMs ? Number.POSITIVE_INFINITY : elapsedMs - Math.max(0, this.lastMs);
    if (sinceMs < (isTerminal ? drawEveryMs : plainEveryMs)) return;
    this.lastMs = elapsedMs;
    const text = parts.join("  ");
    if (isTerminal) {
      write(`\r\x1b[K${text.slice(0, Math.max(20, columns - 1))}`);
      this.drawn = true;
    } else write(`${text}\n`);
  }
}

function describeLoad(recording: Recording, { leader }: ProgressState): string[] {
  const last = recording.timeline.at(-1);
  const parts: string[] = [];
  if (last !== undefined) {
    const { query, buy, check } = last.requests;
    parts.push(`${query.answered + buy.answered + check.answered}/s`);
    for (const [name, at] of [
      ["query", query],
      ["buy", buy],
    ] as const) {
      if (at.answered > 0) parts.push(`${name} p50 ${formatMs(at.p50)} p99 ${formatMs(at.p99)}`);
    }
  }
  parts.push(`${recording.errorsCount} errors`);
  if (recording.dropped > 0) parts.push(`${recording.dropped} DROPPED`);
  if (leader !== undefined) parts.push(leader);
  return parts;
}

function bar(share: number): string {
  const { barWidth } = progressLimits;
  const full = Math.round(Math.min(1, Math.max(0, share)) * barWidth);
  return `[${"#".repeat(full)}${".".repeat(barWidth - full)}]`;
}
