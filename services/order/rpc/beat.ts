/**
 * One timer for all streams: each does on a beat what it would otherwise keep a
 * timer for. Silence is counted in beats rather than in time: a process that was
 * stopped for seconds and goes on sees one beat, then what its peers had sent.
 */
export interface Beat {
  /** Returns how to stop listening. */
  onBeat(listener: () => void): () => void;
}

/** Beaten by hand, or by `run`. */
export class BeatSource implements Beat {
  private readonly listeners = new Set<() => void>();

  onBeat(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  beat(): void {
    for (const listener of this.listeners) listener();
  }

  /** Beats every `beatMs` until the returned function is called. */
  run(beatMs: number): () => void {
    const timer = setInterval(() => this.beat(), beatMs);
    return () => clearInterval(timer);
  }
}
