import { assert, unreachable } from "../lib/assert.ts";
import type { Clock } from "../lib/clock.ts";
import type { Core, Effect, Event, LogIndex, Status } from "./core/types.ts";
import { beforeFirst } from "./core/types.ts";
import type { Ports } from "./driver/ports.ts";

export interface DriverOptions {
  readonly core: Core;
  readonly clock: Clock;
  readonly tickMs: number;
  /** Calls back once, after the I/O that is ready now; setImmediate but in tests. */
  readonly defer: (drain: () => void) => void;
  /** A broken invariant or a failed disk: the process must end. Called once. */
  readonly fail: (error: unknown) => void;
}

/**
 * Brings events to the core and performs what it decides.
 *
 * All events of one turn of the event loop go into the core before one drain:
 * under load that is what makes batches, and an idle replica waits no longer
 * than the turn. Effects are performed in the order given; an append is on its
 * way to the disk before the message that it belongs to leaves.
 */
export class Driver {
  /** Known from the start on; its parts bring their events here. */
  private ports: Ports | undefined;
  private draining = false;
  private ended = false;
  private ticker: ReturnType<typeof setInterval> | undefined;
  private committed: LogIndex = beforeFirst;
  private onHandedOver: (() => void) | undefined;

  constructor(private readonly options: DriverOptions) {}

  /** Time begins to pass. */
  start(ports: Ports): void {
    this.ports = ports;
    this.ticker = setInterval(() => this.take({ type: "tick" }), this.options.tickMs);
    this.take({ type: "tick" });
  }

  take(event: Event): void {
    if (this.ended) return;
    try {
      this.options.core.step(this.options.clock.now(), event);
    } catch (error) {
      this.fail(error);
      return;
    }
    if (this.draining) return;
    this.draining = true;
    this.options.defer(this.drain);
  }

  status(): Status {
    return this.options.core.status(this.options.clock.now());
  }

  /** Resolves when the core has handed over, or at once if the replica has ended. */
  handOver(): Promise<void> {
    if (this.ended) return Promise.resolve();
    return new Promise((resolve) => {
      this.onHandedOver = resolve;
      this.take({ type: "hand-over" });
    });
  }

  /** From here on nothing is taken and nothing is performed. */
  stop(): void {
    this.ended = true;
    clearInterval(this.ticker);
    this.onHandedOver?.();
  }

  /** Ends the replica; for failures that the driver did not see itself. */
  fail(error: unknown): void {
    if (this.ended) return;
    this.stop();
    this.options.fail(error);
  }

  private readonly drain = (): void => {
    if (this.ended) return;
    this.draining = false;
    const { core, clock } = this.options;
    try {
      assert(this.ports !== undefined, "a driver is started before anything happens");
      for (const effect of core.drain(clock.now())) this.perform(effect, this.ports);
      this.tellCommitted(this.ports);
    } catch (error) {
      this.fail(error);
    }
  };

  private tellCommitted(ports: Ports): void {
    const { commitIndex } = this.status();
    if (commitIndex <= this.committed) return;
    this.committed = commitIndex;
    ports.log.committed(commitIndex);
  }

  private perform(effect: Effect, { log, peers, callers, forwarding, catalog, operator }: Ports): void {
    switch (effect.type) {
      case "append":
        return log.append(effect.entries);
      case "truncate":
        return log.truncate(effect.after);
      case "save-vote":
        return this.when(log.saveVote(effect.term, effect.votedFor), () => ({
          type: "vote-saved",
          token: effect.token,
        }));
      case "save-identity":
        return this.when(log.saveIdentity(effect.storeId, effect.voter), () => ({
          type: "identity-saved",
          token: effect.token,
        }));
      case "read-entries":
        return this.when(log.readEntries(effect.first, effect.entriesMax), (entries) => ({
          type: "entries-read",
          token: effect.token,
          entries,
        }));
      case "read-orders":
        return this.when(log.readGroups(effect.reads.map(({ number }) => number)), (groups) => ({
          type: "orders-read",
          reads: effect.reads.map(({ token }, nth) => ({ token, orders: answerAt(groups, nth) })),
        }));
      case "send":
        return peers.send(effect.to, effect.message);
      case "reply":
        return callers.reply(effect.caller, effect.replies);
      case "forward":
        return forwarding.forward(effect.to, effect.calls);
      case "open-catalog":
        return catalog.open(effect.storeId, effect.term, effect.session);
      case "close-catalog":
        return catalog.close();
      case "catalog-work":
        return catalog.work(effect.session, effect.work);
      case "handed-over":
        return this.onHandedOver?.();
      case "notice":
        return operator.notice(effect.level, effect.message, effect.details);
      default:
        return unreachable(effect);
    }
  }

  private when<T>(answer: Promise<T>, event: (value: T) => Event): void {
    answer.then(
      (value) => this.take(event(value)),
      (error: unknown) => this.fail(error),
    );
  }
}

function answerAt<T>(answers: readonly T[], nth: number): T {
  const answer = answers[nth];
  assert(answer !== undefined, "every order that was asked for has been read");
  return answer;
}
