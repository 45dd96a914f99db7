import type { Ledger } from "./ledger.ts";
import type { Turn } from "./turn.ts";
import type { Held, Position } from "./types.ts";

/**
 * - logged: what catalog.csv is to show is in the write-ahead log, which need not be synced yet;
 * - publishing: catalog.csv is being brought to it.
 */
type State = "idle" | "logged" | "publishing";

/**
 * Brings catalog.csv up to date, at most once in an interval. Once a checkpoint
 * is logged it is published, however often that fails, before the next is logged:
 * recovery tells the last two apart, not three.
 */
export class Checkpoints {
  private state: State;
  private lastTryMs: number;
  private loggedAt: Position;
  private failures = 0;
  /** There is no catalog.csv. The last checkpoint may be one that it was found with, without some rows: a new one is made. */
  private isMissing: boolean;

  constructor(
    nowMs: number,
    held: Held,
    private readonly intervalMs: number,
    private readonly ledger: Ledger,
    private readonly turn: Turn,
  ) {
    this.state = held === "before" ? "logged" : "idle";
    this.isMissing = held === "nothing";
    this.lastTryMs = nowMs;
    this.loggedAt = ledger.position;
  }

  /** Nothing is under way and nothing is left to show. */
  get isDone(): boolean {
    return this.state === "idle" && !this.isDue;
  }

  /** How often in a row it could not be done. */
  get failuresInARow(): number {
    return this.failures;
  }

  advance(nowMs: number, durable: Position, hurry: boolean): void {
    const isTime = nowMs - this.lastTryMs >= this.intervalMs || (hurry && this.failures === 0);
    if (this.state === "idle" && isTime && this.isDue) this.log(nowMs);
    const mayPublish = this.failures === 0 || isTime;
    if (this.state === "logged" && durable >= this.loggedAt && mayPublish) this.publish(nowMs);
  }

  published(): void {
    this.state = "idle";
    this.failures = 0;
  }

  failed(message: string): void {
    this.failures += 1;
    this.turn.notice("error", "checkpoint-failed", { reason: message, failures: this.failures });
    this.state = "logged";
  }

  private get isDue(): boolean {
    return this.isMissing || !this.ledger.isShown;
  }

  private log(nowMs: number): void {
    this.isMissing = false;
    this.state = "logged";
    this.lastTryMs = nowMs;
    this.loggedAt = this.turn.record({ type: "checkpoint", checkpoint: this.ledger.checkpoint + 1 });
  }

  private publish(nowMs: number): void {
    this.state = "publishing";
    this.lastTryMs = nowMs;
    this.turn.emit({ type: "publish-checkpoint", number: this.ledger.checkpoint, sheet: this.ledger.sheet() });
  }
}
