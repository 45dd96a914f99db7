import { reachedByMajority } from "./quorum.ts";
import type { ReplicaId } from "./types.ts";

interface Waiting {
  readonly sequence: number;
  readonly without: ReplicaId | undefined;
  readonly done: () => void;
}

/**
 * Questions that a leader may answer once a majority has shown, after the
 * question came, that it still follows (ReadIndex: Ongaro's thesis, section 6.4).
 */
export class Confirmations {
  private waiting: Waiting[] = [];
  private readonly echoed = new Map<ReplicaId, number>();

  constructor(
    self: ReplicaId,
    private readonly members: number,
  ) {
    this.echoed.set(self, Infinity);
  }

  get size(): number {
    return this.waiting.length;
  }

  add(sequence: number, done: () => void, without: ReplicaId | undefined): void {
    this.waiting.push({ sequence, done, without });
  }

  onSequence(from: ReplicaId, sequence: number): void {
    this.echoed.set(from, sequence);
    if (this.waiting.length === 0) return;
    const ready: Waiting[] = [];
    const still: Waiting[] = [];
    const confirmed = this.reached(undefined);
    for (const waiting of this.waiting) {
      const reached = waiting.without === undefined ? confirmed : this.reached(waiting.without);
      (reached >= waiting.sequence ? ready : still).push(waiting);
    }
    this.waiting = still;
    for (const waiting of ready) waiting.done();
  }

  forget(replica: ReplicaId): void {
    this.echoed.delete(replica);
  }

  private reached(without: ReplicaId | undefined): number {
    const echoes: number[] = [];
    for (const [id, echo] of this.echoed) if (id !== without) echoes.push(echo);
    return reachedByMajority(echoes, this.members);
  }
}
