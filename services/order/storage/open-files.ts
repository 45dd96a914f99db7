import type { ReplicaId } from "../core/types.ts";
import { header } from "./codec.ts";
import { type Disk, readWhole, syncFile, syncFolderOf } from "./disk.ts";
import { IndexRecords } from "./index-records.ts";
import type { StorageLimits } from "./limits.ts";
import { ChunkReader } from "./log-walk.ts";
import { decodeMarks } from "./mark-file.ts";
import { decodeIdentity, decodeVote, type Identity, type Mark, type Vote } from "./records.ts";
import { type LogOutcome, type RecoveredLog, recoverLog } from "./recover-log.ts";
import { type Damage, WrongReplicaError } from "./store.ts";
import type { StoreFiles } from "./store-files.ts";

/** What the files of a replica, taken together, are. */
export type Opening =
  /** Nothing, or what a founding left that was never finished. */
  | { readonly type: "nothing" }
  | { readonly type: "damaged"; readonly damage: Damage }
  | {
      readonly type: "whole";
      readonly identity: Identity;
      readonly vote: Vote;
      readonly mark: Mark;
      readonly log: RecoveredLog;
      /** Bytes of the log file, a torn end included. */
      readonly size: number;
    };

type File = keyof StoreFiles;

/** Reads everything and changes nothing. Throws WrongReplicaError, or the system's error. */
export function inspectFiles(disk: Disk, files: StoreFiles, replicaId: ReplicaId, limits: StorageLimits): Opening {
  const found = new Map<File, Buffer>();
  for (const file of ["identity", "vote", "mark", "index"] as const) {
    const bytes = readWhole(disk, files[file]);
    if (bytes !== undefined) found.set(file, bytes);
  }
  const identity = decodeIdentity(found.get("identity")?.toString() ?? "");
  const vote = decodeVote(found.get("vote")?.toString() ?? "");
  const mark = decodeMarks(found.get("mark") ?? Buffer.alloc(0));
  if (identity !== undefined && identity.replicaId !== replicaId) {
    throw new WrongReplicaError(files.identity, identity.replicaId, replicaId);
  }
  const logSize = sizeOf(disk, files.log);
  if (isUnfounded(found, logSize, vote, mark)) return { type: "nothing" };

  const damaged = (file: File, offset: number, reason: string): Opening => {
    return { type: "damaged", damage: { file: files[file], offset, reason } };
  };
  const missing = (file: File): Opening => damaged(file, 0, found.has(file) ? "it cannot be read" : "it is missing");
  if (logSize === undefined) return missing("log");
  if (identity === undefined) return missing("identity");
  if (vote === undefined) return missing("vote");
  if (mark === undefined) return missing("mark");
  const log = inspectLog(disk, files, mark, logSize, limits, found.get("index") ?? Buffer.alloc(0));
  if ("damage" in log) return damaged("log", log.damage.offset, log.damage.reason);
  return { type: "whole", identity, vote, mark, log, size: logSize };
}

/** The identity is written last: without it, and with the others as a founding begins them, nothing was ever held. */
function isUnfounded(
  found: ReadonlyMap<File, Buffer>,
  logSize: number | undefined,
  vote: Vote | undefined,
  mark: Mark | undefined,
): boolean {
  if (found.has("identity")) return false;
  if (found.has("vote") && vote?.term !== 0) return false;
  if (found.has("mark") && mark?.length !== header.length) return false;
  return (logSize ?? 0) <= header.length && (found.get("index")?.length ?? 0) === 0;
}

function sizeOf(disk: Disk, path: string): number | undefined {
  if (!disk.exists(path)) return undefined;
  const fd = disk.open(path, "r");
  try {
    return disk.size(fd);
  } finally {
    disk.close(fd);
  }
}

function inspectLog(
  disk: Disk,
  files: StoreFiles,
  mark: Mark,
  size: number,
  limits: StorageLimits,
  indexBytes: Buffer,
): LogOutcome {
  const fd = disk.open(files.log, "r");
  try {
    const reader = new ChunkReader(disk, fd, limits.chunkBytes);
    return recoverLog({ reader, size, mark, limits }, IndexRecords.read(indexBytes));
  } finally {
    disk.close(fd);
  }
}

/**
 * Cuts a torn end, and makes durable what was found: the process before may have
 * ended between a write and its sync, and what is recovered counts as synced.
 */
export async function settleFiles(disk: Disk, files: StoreFiles, log: RecoveredLog): Promise<void> {
  const fd = disk.open(files.log, "r+");
  try {
    if (log.torn !== undefined) disk.truncate(fd, log.end.offset);
    await syncFile(disk, fd);
  } finally {
    disk.close(fd);
  }
  await syncFolderOf(disk, files.log);
}
