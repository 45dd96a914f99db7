import type { Ledger } from "./ledger.ts";
import type { Turn } from "./turn.ts";
import type { Checkpoint, Version } from "./types.ts";

/**
 * - writing: the next content is written and synced beside catalog.csv;
 * - logged: it is in the write-ahead log, which need not be synced yet;
 * - publishing: it takes the place of catalog.csv.
 */
type State = "idle" | "writing" | "logged" | "publishing";

/**
 * Brings catalog.csv up to date, at most once in an interval. Once a checkpoint
 * is logged it is published, however often that fails, before the next begins:
 * recovery tells the last two apart, not three.
 */
export class Checkpoints {
  private state: State = "idle";
  private lastTryMs: number;
  /** catalog.csv shows every change up to here... */
  private shown: Version;
  /** ... and the checkpoint under way up to here. */
  private underWay: Version;
  private loggedVersion: Version;
  private failures = 0;

  /** `isCurrent`: catalog.csv shows the ledger as it is. */
  constructor(
    nowMs: number,
    isCurrent: boolean,
    private readonly intervalMs: number,
    private readonly ledger: Ledger,
    private readonly turn: Turn,
  ) {
    this.lastTryMs = nowMs;
    this.shown = (isCurrent ? ledger.visibleVersion : -1) as Version;
    this.underWay = this.shown;
    this.loggedVersion = ledger.version;
  }

  /** Nothing is under way and nothing is left to show. */
  get isDone(): boolean {
    return this.state === "idle" && this.shown >= this.ledger.visibleVersion;
  }

  /** How often in a row it could not be done. */
  get failuresInARow(): number {
    return this.failures;
  }

  advance(nowMs: number, durable: Version, hurry: boolean): void {
    const isTime = nowMs - this.lastTryMs >= this.intervalMs || (hurry && this.failures === 0);
    if (this.state === "idle" && isTime && this.shown < this.ledger.visibleVersion) this.write(nowMs);
    const mayPublish = this.failures === 0 || isTime;
    if (this.state === "logged" && durable >= this.loggedVersion && mayPublish) this.publish(nowMs);
  }

  written(checkpoint: Checkpoint): void {
    if (this.state !== "writing") return;
    this.loggedVersion = this.turn.record({ type: "checkpoint", checkpoint });
    this.state = "logged";
    this.failures = 0;
  }

  published(): void {
    this.state = "idle";
    this.shown = this.underWay;
    this.failures = 0;
  }

  failed(message: string): void {
    this.failures += 1;
    this.turn.notice("error", "checkpoint-failed", { reason: message, failures: this.failures });
    this.state = this.state === "publishing" ? "logged" : "idle";
  }

  private write(nowMs: number): void {
    this.state = "writing";
    this.lastTryMs = nowMs;
    this.underWay = this.ledger.visibleVersion;
    const number = this.ledger.checkpoint.number + 1;
    this.turn.emit({ type: "write-checkpoint", number, rows: this.ledger.rows() });
  }

  private publish(nowMs: number): void {
    this.state = "publishing";
    this.lastTryMs = nowMs;
    this.turn.emit({ type: "publish-checkpoint", checkpoint: this.ledger.checkpoint });
  }
}
