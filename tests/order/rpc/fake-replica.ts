import { ConnectError } from "@connectrpc/connect";
import type { Event, LogIndex, ReplicaId, Status, Term } from "../../../services/order/core/types.ts";
import type { Notice, Replica } from "../../../services/order/rpc/replica.ts";

export const replica1 = 1 as ReplicaId;
export const replica2 = 2 as ReplicaId;
export const replica3 = 3 as ReplicaId;

type EventOf<Type extends Event["type"]> = Extract<Event, { type: Type }>;

/** Takes events as a replica does and hands them to a test, which plays the core. */
export class FakeReplica implements Replica {
  present: Status;
  private readonly events: Event[] = [];
  private wake: (() => void) | undefined;

  constructor(id: ReplicaId, storeId: string | undefined = "store-a") {
    this.present = {
      id,
      term: 3 as Term,
      last: { index: 12 as LogIndex, term: 2 as Term },
      commitIndex: 11 as LogIndex,
      leader: replica1,
      eligible: true,
      storeId,
      serving: id === replica1,
    };
  }

  take(event: Event): void {
    this.events.push(event);
    this.wake?.();
  }

  status(): Status {
    return this.present;
  }

  /** The first event of this type that no test has taken yet, now or when it comes. */
  async next<Type extends Event["type"]>(type: Type): Promise<EventOf<Type>> {
    for (;;) {
      const at = this.events.findIndex((event) => event.type === type);
      if (at >= 0) return this.events.splice(at, 1)[0] as EventOf<Type>;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  /** Types of the events that no test has taken. */
  get rest(): string[] {
    return this.events.map((event) => event.type);
  }
}

/** Notices, as the operator would read them. */
export function collectNotices(): { readonly notice: Notice; readonly messages: string[] } {
  const messages: string[] = [];
  return { messages, notice: (level, message) => messages.push(`${level}: ${message}`) };
}

/** Resolves when `condition` holds, looked at after each turn of the event loop. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
  }
}

/**
 * How a call failed; undefined if it did not. Not `expect(...).rejects`: that
 * runs the event loop inside of itself, where HTTP/2 loses the end of a reply.
 */
export async function errorOf(call: Promise<unknown>): Promise<ConnectError | undefined> {
  return call.then(
    () => undefined,
    (error: unknown) => ConnectError.from(error),
  );
}
