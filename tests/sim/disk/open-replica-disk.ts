import { type Entry, noTerm, type Recovered } from "../../../services/order/core/types.ts";
import { type Disk, systemDisk } from "../../../services/order/storage/disk.ts";
import { IndexRecords } from "../../../services/order/storage/index-records.ts";
import { defaultStorageLimits } from "../../../services/order/storage/limits.ts";
import { ChunkReader } from "../../../services/order/storage/log-walk.ts";
import { recoverLog } from "../../../services/order/storage/recover-log.ts";
import { ReplicaDisk, type RestingFiles } from "./replica-disk.ts";

/** What a starting replica finds. */
export interface Opened {
  readonly disk: ReplicaDisk;
  readonly recovered: Recovered | undefined;
  /** Why nothing that was there may be used. */
  readonly damage: string | undefined;
}

const everything = Number.MAX_SAFE_INTEGER;

/** Recovers the log by the real rules; `recoveredEntriesMax` entries of it are handed to the core. */
export function openReplicaDisk(files: RestingFiles | undefined, recoveredEntriesMax: number): Opened {
  const disk = new ReplicaDisk();
  if (files === undefined) return { disk, recovered: undefined, damage: undefined };
  const limits = { ...defaultStorageLimits, recoveredEntriesMax: everything };
  const reader = new ChunkReader(diskOf(files.log), 0, Math.max(files.log.length, 4096));
  const outcome = recoverLog({ reader, size: files.log.length, mark: files.mark, limits }, IndexRecords.none());
  if ("damage" in outcome) {
    const { offset, reason } = outcome.damage;
    return { disk, recovered: undefined, damage: `starts with a log that is damaged at byte ${offset}: ${reason}` };
  }
  const entries = outcome.tail.map(({ entry }) => entry);
  disk.load(entries, files.mark);
  disk.identity = files.identity;
  disk.vote = files.vote;
  return { disk, recovered: recovered(disk, entries, recoveredEntriesMax), damage: undefined };
}

function recovered(disk: ReplicaDisk, entries: readonly Entry[], recoveredEntriesMax: number): Recovered | undefined {
  const { identity, vote, last } = disk;
  if (identity === undefined) return undefined;
  const tail = entries.slice(-recoveredEntriesMax);
  const older = entries.slice(0, entries.length - tail.length);
  const overtaken = last.term > vote.term;
  return {
    storeId: identity.storeId,
    voter: identity.voter,
    term: overtaken ? last.term : vote.term,
    votedFor: overtaken ? undefined : vote.votedFor,
    last,
    orders: entries.filter((entry) => entry.order !== undefined).length,
    termStarts: entries
      .filter((entry, at) => entry.term !== (entries[at - 1]?.term ?? noTerm))
      .map(({ index, term }) => ({ index, term })),
    tail,
    keys: (take) => {
      for (const { order } of older) {
        if (order === undefined) continue;
        const bytes = Buffer.from(order.key);
        take(bytes, 0, bytes.length, order.number);
      }
    },
  };
}

/** A disk of one file that can only be read. */
function diskOf(bytes: Buffer): Disk {
  return {
    ...systemDisk,
    read: (_fd, buffer, length, offset) => bytes.copy(buffer, 0, offset, Math.min(bytes.length, offset + length)),
  };
}
