import type { CallerId, Reply } from "../core/types.ts";

type Sink = (replies: readonly Reply[]) => void;

/** Who waits for replies, by the id that the core knows them by. */
export class Callers {
  private readonly sinks = new Map<CallerId, Sink>();
  private lastId = 0;

  get size(): number {
    return this.sinks.size;
  }

  /** Ids are never used again: a late reply finds nobody rather than somebody else. */
  add(sink: Sink): CallerId {
    const id = ++this.lastId as CallerId;
    this.sinks.set(id, sink);
    return id;
  }

  remove(caller: CallerId): void {
    this.sinks.delete(caller);
  }

  /** To one who has gone: nothing. */
  reply(caller: CallerId, replies: readonly Reply[]): void {
    this.sinks.get(caller)?.(replies);
  }
}
