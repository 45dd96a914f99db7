import type { Shared } from "./shared.ts";
import type { Call, CallerId, ReplicaId, Reply, ReplyCode } from "./types.ts";

interface Forwarded {
  readonly to: ReplicaId;
  readonly caller: CallerId;
  readonly call: Call;
}

/** Calls that this replica has passed on to the leader, until their answers come back. */
export class Forwarding {
  private readonly underWay = new Map<number, Forwarded>();
  private batch: Call[] = [];
  private batchTo: ReplicaId | undefined;
  private ids = 0;

  constructor(private readonly shared: Shared) {}

  forward(to: ReplicaId, caller: CallerId, call: Call): void {
    if (this.underWay.size >= this.shared.limits.forwardsMax) {
      this.answer(caller, call, "not-executed");
      return;
    }
    if (this.batchTo !== to) this.flush();
    const id = ++this.ids;
    this.underWay.set(id, { to, caller, call });
    this.batchTo = to;
    this.batch.push({ ...call, id, forwarded: true });
  }

  flush(): void {
    if (this.batchTo === undefined || this.batch.length === 0) return;
    this.shared.outbox.emit({ type: "forward", to: this.batchTo, calls: this.batch });
    this.batch = [];
    this.batchTo = undefined;
  }

  onReplies(from: ReplicaId, replies: readonly Reply[]): void {
    for (const reply of replies) {
      const forwarded = this.underWay.get(reply.id);
      if (forwarded === undefined || forwarded.to !== from) continue;
      this.underWay.delete(reply.id);
      this.shared.outbox.reply(forwarded.caller, { ...reply, id: forwarded.call.id });
    }
  }

  /**
   * Gives back what was passed on to one that leads no more, or is not heard as the
   * leader: where it is heard and does not hear, its stream stands for ever.
   */
  onTick(): void {
    const { liveLeader } = this.shared;
    const left = new Set<ReplicaId>();
    for (const { to } of this.underWay.values()) if (to !== liveLeader) left.add(to);
    for (const to of left) this.onLost(to);
  }

  /** The leader may have executed what it did not answer; a look-up executes nothing. */
  onLost(to: ReplicaId): void {
    for (const [id, forwarded] of this.underWay) {
      if (forwarded.to !== to) continue;
      this.underWay.delete(id);
      this.answer(forwarded.caller, forwarded.call, forwarded.call.type === "buy" ? "unknown-outcome" : "not-leader");
    }
  }

  private answer(caller: CallerId, call: Call, code: ReplyCode): void {
    const kind = call.type === "buy" ? "buy" : "check";
    this.shared.outbox.reply(caller, { id: call.id, call: kind, code, order: undefined });
  }
}
