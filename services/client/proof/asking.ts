import { addressOf } from "../../lib/address.ts";
import type { Clock } from "../../lib/clock.ts";
import { TcpConnection } from "../connection.ts";
import type { Address } from "../load/plan.ts";
import { retryDefaults, sendWithRetry } from "../retry.ts";
import type { Send } from "../store-api.ts";

const askingLimits = { expireMs: 100 };

export interface AskingWorld {
  readonly clock: Clock;
  readonly pause: (ms: number) => Promise<void>;
  /** True: ask nothing more. */
  readonly stopped: () => boolean;
}

export interface AskingOptions {
  /** At once, per front-end. */
  readonly connections: number;
  readonly retryMs: number;
  readonly timeoutMs: number;
}

/** One front-end to ask questions, many at a time. */
export class Asking implements Disposable {
  /** "host:port". */
  readonly name: string;
  private readonly connections: readonly TcpConnection[];
  private readonly senders: readonly Send[];
  private readonly timer: ReturnType<typeof setInterval>;

  constructor(
    target: Address,
    options: AskingOptions,
    private readonly world: AskingWorld,
  ) {
    this.name = formatAddress(target);
    const { retryMs, timeoutMs } = options;
    this.connections = Array.from(
      { length: options.connections },
      () => new TcpConnection({ ...target, timeoutMs }, world.clock),
    );
    const retryWorld = { ...world, onRetry: () => undefined };
    this.senders = this.connections.map(
      (connection) => (request) => sendWithRetry(connection, request, { forMs: retryMs, ...retryDefaults }, retryWorld),
    );
    this.timer = setInterval(() => {
      for (const connection of this.connections) connection.expire();
    }, askingLimits.expireMs);
  }

  /** Asks about every item, over all connections. False: it ended early, because the world stopped. */
  async each<T>(items: Iterable<T>, ask: (send: Send, item: T) => Promise<void>): Promise<boolean> {
    const waiting = items[Symbol.iterator]();
    const work = async (send: Send): Promise<void> => {
      for (let next = waiting.next(); !next.done && !this.world.stopped(); next = waiting.next()) {
        await ask(send, next.value);
      }
    };
    await Promise.all(this.senders.map(work));
    return !this.world.stopped();
  }

  /** One question. */
  async one<T>(ask: (send: Send) => Promise<T>): Promise<T> {
    const [send] = this.senders;
    return ask(send ?? (() => Promise.resolve({ failure: "unreachable" })));
  }

  [Symbol.dispose](): void {
    clearInterval(this.timer);
    for (const connection of this.connections) connection.close();
  }
}

export function formatAddress({ host, port }: Address): string {
  return addressOf(host, port);
}

/** What formatAddress made. */
export function parseAddress(text: string): Address | undefined {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]{1,253})):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port < 1 || port > 65_535) return undefined;
  return { host: match[1] ?? match[2] ?? "", port };
}
