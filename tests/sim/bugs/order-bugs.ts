import { chainChecksum } from "../../../services/lib/checksum.ts";
import { Follower } from "../../../services/order/core/follower.ts";
import { Forwarding } from "../../../services/order/core/forwarding.ts";
import { Leadership } from "../../../services/order/core/leadership.ts";
import { Log } from "../../../services/order/core/log.ts";
import { Purchases } from "../../../services/order/core/purchases.ts";
import type {
  Core,
  Effect,
  Entry,
  LogIndex,
  LogPosition,
  Order,
  Propagate,
  Recovered,
  ReplicaId,
  Term,
} from "../../../services/order/core/types.ts";
import { header, logTop, sealLine } from "../../../services/order/storage/codec.ts";
import type { RestingFiles } from "../disk/replica-disk.ts";
import type { ReplicaNode } from "../nodes/replica-node.ts";
import { Planted, patch, wrap } from "./planted.ts";

/** A replica says that entries are durable when it has only queued them. */
export class AcknowledgesBeforeSync extends Planted {
  override replicaCore(_node: ReplicaNode, core: Core): Core {
    return wrap(core, {
      drain: (nowMs, effects: Effect[]) => {
        for (const effect of effects) {
          const last = effect.type === "append" ? effect.entries.at(-1) : undefined;
          if (last !== undefined) core.step(nowMs, { type: "log-durable", last });
        }
        return effects;
      },
    });
  }
}

/** A leader takes its own disk for a majority. */
export class MajorityOfOne extends Planted {
  override replicaCore(node: ReplicaNode, core: Core): Core {
    return wrap(core, {
      step: (nowMs, event: Parameters<Core["step"]>[1]) => {
        core.step(nowMs, event);
        if (event.type !== "log-durable" || core.status(nowMs).leader !== node.id) return;
        const { term } = core.status(nowMs);
        const [peer] = node.peers;
        if (peer === undefined) return;
        const durableIndex = event.last.index;
        const answer = { term, sequence: 0, durableIndex, gap: false, voter: true, catalogReachable: true };
        core.step(nowMs, { type: "peer", from: peer.id, message: { type: "propagate-reply", ...answer } });
      },
    });
  }
}

/** A thrifty leader never gets round to the follower that its majority does not need. */
export class SendsToPartnerOnly extends Planted {
  override install(): () => void {
    return patch(Leadership.prototype, "onTick", () => () => undefined);
  }
}

/** A leader that starts again stands for the term that it had. */
export class ResumesItsTerm extends Planted {
  override recovered(node: ReplicaNode, recovered: Recovered | undefined): Recovered | undefined {
    if (recovered?.votedFor !== node.id) return recovered;
    return { ...recovered, term: (recovered.term - 1) as Term, votedFor: undefined };
  }
}

/** A vote is given before it is synced; the disk gets round to it later. */
export class VoteNotSynced extends Planted {
  override saveVote(node: ReplicaNode, effect: Extract<Effect, { type: "save-vote" }>): void {
    node.admitEvent({ type: "vote-saved", token: effect.token });
    const { run } = node;
    node.timeline.schedule(lazySyncMs, {
      fire: () => {
        if (node.run === run && effect.term >= node.disk.vote.term) node.disk.saveVote(effect.term, effect.votedFor);
      },
    });
  }
}

const lazySyncMs = 2000;

/** A voter does not compare the candidate's log with its own. */
export class StaleLogGetsElected extends Planted {
  override replicaCore(_node: ReplicaNode, core: Core): Core {
    const advanced = { index: Number.MAX_SAFE_INTEGER, term: Number.MAX_SAFE_INTEGER } as LogPosition;
    return wrap(core, {
      step: (nowMs, event: Parameters<Core["step"]>[1]) => {
        if (event.type !== "peer" || event.message.type !== "vote-request") core.step(nowMs, event);
        else core.step(nowMs, { ...event, message: { ...event.message, last: advanced } });
      },
    });
  }
}

/** A replica that lost its data counts in majorities from the start. */
export class WipedReplicaVotes extends Planted {
  override recovered(node: ReplicaNode, recovered: Recovered | undefined): Recovered | undefined {
    if (recovered !== undefined || node.peers.every((peer) => peer.disk.identity === undefined)) return recovered;
    node.disk.found("store", node.id);
    node.disk.saveIdentity(true);
    const nothing = { index: 0, term: 0 } as LogPosition;
    const empty = { last: nothing, orders: 0, termStarts: [], tail: [], keys: () => undefined };
    return { storeId: "store", term: 0 as Term, votedFor: undefined, voter: true, ...empty };
  }
}

/** A log that lost its synced end is taken for one with a torn end. */
export class ShortLogTakenForTorn extends Planted {
  override files(_node: ReplicaNode, files: RestingFiles | undefined): RestingFiles | undefined {
    return files && { ...files, mark: { ...files.mark, length: 0 } };
  }
}

/** What a crash left of a last line is taken for a whole one: its key or a number has lost its end. */
export class TornLineAccepted extends Planted {
  override files(_node: ReplicaNode, files: RestingFiles | undefined): RestingFiles | undefined {
    if (files === undefined) return undefined;
    const text = files.log.toString();
    const end = text.lastIndexOf("\n") + 1;
    const fields = text.slice(end).split(",").slice(0, 6);
    if (fields.length < 6 || fields.at(-1) === "") return files;
    const payload = `${fields.join(",")},`;
    const before = end === header.length ? logTop.chain : Number.parseInt(text.slice(end - 9, end), 16);
    // The line before is damaged, too.
    if (Number.isNaN(before)) return files;
    const line = sealLine(payload, chainChecksum(before, payload));
    return { ...files, log: Buffer.from(text.slice(0, end) + line) };
  }
}

/** The leader settles an order when it appends it. */
export class SettlesBeforeCommit extends Planted {
  override replicaCore(_node: ReplicaNode, core: Core): Core {
    return wrap(core, {
      drain: (_nowMs, effects: Effect[]) => {
        const work = effects.find((effect) => effect.type === "catalog-work");
        const appended = effects.flatMap((effect) => (effect.type === "append" ? effect.entries : []));
        const orders = appended.flatMap(({ order }) => order ?? []);
        if (work === undefined || orders.length === 0) return effects;
        const early: Effect = { ...work, work: { settles: orders, returns: [], reserves: [] } };
        return [...effects, early];
      },
    });
  }
}

/** With a new session the leader settles everything in its log, committed or not. */
export class ListSettledBeforeCommit extends Planted {
  override replicaCore(node: ReplicaNode, core: Core): Core {
    let opened: { readonly session: number; readonly settledBelow: number } | undefined;
    let settledEarly = 0;
    const later = (effect: Effect): Effect => {
      if (effect.type !== "catalog-work") return effect;
      const settles = effect.work.settles.filter(({ number }) => number >= settledEarly);
      return { ...effect, work: { ...effect.work, settles } };
    };
    return wrap(core, {
      step: (nowMs, event: Parameters<Core["step"]>[1]) => {
        if (event.type === "catalog-opened") opened = event;
        core.step(nowMs, event);
      },
      drain: (_nowMs, effects: Effect[]) => {
        if (opened === undefined) return effects.map(later);
        const { session, settledBelow } = opened;
        opened = undefined;
        const logged = node.disk.queued.flatMap(({ entry }) => entry.order ?? []);
        const settles = logged.filter((order) => order.number >= settledBelow);
        settledEarly = settledBelow + settles.length;
        const early: Effect = { type: "catalog-work", session, work: { settles, returns: [], reserves: [] } };
        return [early, ...effects.map(later)];
      },
    });
  }
}

/** What is given up does not go back to stock. */
export class ReservationNotReturned extends Planted {
  override replicaCore(_node: ReplicaNode, core: Core): Core {
    return wrap(core, {
      drain: (_nowMs, effects: Effect[]) =>
        effects.map((effect) =>
          effect.type === "catalog-work" ? { ...effect, work: { ...effect.work, returns: [] } } : effect,
        ),
    });
  }
}

/** A new leader does not know the keys of orders from before its term. */
export class KeyForgottenAtFailover extends Planted {
  override install(): () => void {
    const forgotten = new WeakMap<Log, number>();
    const undoAppend = patch(
      Leadership.prototype,
      "append",
      (original: (self: Leadership, order: unknown) => Order | undefined) => (self, order) => {
        const { log } = self["shared"];
        if (order === undefined) forgotten.set(log, log.orders);
        return original(self, order);
      },
    );
    const undoFind = patch(
      Log.prototype,
      "findKey",
      (original: (self: Log, key: string) => number | undefined) => (self, key) => {
        const number = original(self, key);
        return number !== undefined && number < (forgotten.get(self) ?? 0) ? undefined : number;
      },
    );
    return () => {
      undoAppend();
      undoFind();
    };
  }
}

/** Calls that were passed on stay with a leader that leads no more. */
export class CallsLeftWithOldLeader extends Planted {
  override install(): () => void {
    return patch(Forwarding.prototype, "onTick", () => () => undefined);
  }
}

/** A follower cuts its log to where a batch begins, also when the batch is old. */
export class CutsWhatItHolds extends Planted {
  override install(): () => void {
    return patch(
      Follower.prototype,
      "takeOver",
      (original: (self: Follower, previous: LogPosition, entries: readonly Entry[]) => boolean) =>
        (self, previous, entries) => {
          const { log } = self["shared"];
          const holds = log.termAt(previous.index) === previous.term;
          if (holds && entries.length > 0 && previous.index < log.last.index && previous.index >= log.committed) {
            self["cutAfter"](previous.index);
          }
          return original(self, previous, entries);
        },
    );
  }
}

/** A follower takes a batch without looking at what its log holds before it. */
export class AppendsAfterAnything extends Planted {
  override replicaCore(node: ReplicaNode, core: Core): Core {
    return wrap(core, {
      step: (nowMs, event: Parameters<Core["step"]>[1]) => {
        if (event.type !== "peer" || event.message.type !== "propagate") core.step(nowMs, event);
        else core.step(nowMs, { ...event, message: adapted(event.from, event.message) });
      },
    });

    function adapted(_from: ReplicaId, message: Propagate): Propagate {
      const own = node.disk.queued[message.previous.index - 1]?.entry.term;
      return own === undefined ? message : { ...message, previous: { ...message.previous, term: own } };
    }
  }
}

/** A leader counts what a follower has received for synced: the end of what it was sent. */
export class CountsWhatWasSent extends Planted {
  override replicaCore(_node: ReplicaNode, core: Core): Core {
    const sent = new Map<ReplicaId, LogIndex>();
    return wrap(core, {
      step: (nowMs, event: Parameters<Core["step"]>[1]) => {
        if (event.type !== "peer" || event.message.type !== "propagate-reply" || event.message.gap) {
          core.step(nowMs, event);
          return;
        }
        const durableIndex = sent.get(event.from) ?? event.message.durableIndex;
        core.step(nowMs, { ...event, message: { ...event.message, durableIndex } });
      },
      drain: (_nowMs, effects: Effect[]) => {
        for (const effect of effects) {
          if (effect.type !== "send" || effect.message.type !== "propagate") continue;
          const { previous, entries } = effect.message;
          if (entries.length > 0) sent.set(effect.to, (previous.index + entries.length) as LogIndex);
        }
        return effects;
      },
    });
  }
}

/** A new session does not tell the catalog of what is in the log and not yet committed. */
export class AppendedNotReservedAnew extends Planted {
  override install(): () => void {
    return patch(Purchases.prototype, "appended", () => () => []);
  }
}
