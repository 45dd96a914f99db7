import type { OrderNumber, TakeKey } from "../core/types.ts";
import { type LogPoint, logTop, takeKey } from "./codec.ts";
import type { IndexRecords } from "./index-records.ts";
import type { StorageLimits } from "./limits.ts";
import { type ChunkReader, type Fault, LogWalk, type VisitLine, walkChunk, walkTo } from "./log-walk.ts";

const comma = 44;
const indexContradicts = "the index names another line here";

/** Verifies the log between two indexed places, and the index with it. */
export function checkBlocks(
  reader: ChunkReader,
  records: IndexRecords,
  from: LogPoint,
  to: LogPoint,
): Fault | undefined {
  const walk = new LogWalk(from);
  const visit = compareWith(records, from.offset);
  const fault = walkTo(reader, walk, to.offset, (bytes) => walk.verify(bytes, visit));
  if (fault !== undefined) return fault;
  return walk.isAt(to) ? undefined : walk.fault(indexContradicts);
}

/**
 * Does the same in slices with pauses, from the top, beside the replica's work: a process that has just
 * started is slow, so the pauses are in proportion. Resolves with the fault, if there is one, or soon after `stop`.
 */
export async function checkInBackground(
  reader: ChunkReader,
  records: IndexRecords,
  to: LogPoint,
  limits: StorageLimits,
  stop: AbortSignal,
): Promise<Fault | undefined> {
  const walk = new LogWalk(logTop);
  const visit = compareWith(records, 0);
  let tookMs = 0;
  while (walk.offset < to.offset) {
    await pause(pauseAfter(tookMs, limits), stop);
    if (stop.aborted) return undefined;
    const fromMs = performance.now();
    const fault = walkChunk(reader, walk, to.offset, (bytes) => walk.verify(bytes, visit));
    tookMs = performance.now() - fromMs;
    if (fault !== undefined) return fault;
  }
  return walk.isAt(to) ? undefined : walk.fault(indexContradicts);
}

/** A slice in which the process was stopped, or the disk hung, took long without having cost anything. */
function pauseAfter(tookMs: number, limits: StorageLimits): number {
  const { verifyPauseRatio, verifyPauseMs, verifyPauseMaxMs } = limits;
  return Math.max(Math.min(verifyPauseRatio * tookMs, verifyPauseMaxMs), verifyPauseMs);
}

/** Resolves after a time, or at once when stopped. */
function pause(ms: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(timer);
      stop.removeEventListener("abort", finish);
      resolve();
    };
    const timer = setTimeout(finish, ms);
    stop.addEventListener("abort", finish);
    if (stop.aborted) finish();
  });
}

/** Finds fault with a line where the index says something else. */
function compareWith(records: IndexRecords, fromOffset: number): VisitLine {
  let nth = 0;
  while (nth < records.length && records.offset(nth) < fromOffset) nth++;
  return (walk) => {
    if (nth >= records.length || walk.offset < records.offset(nth)) return undefined;
    const before = records.at(nth++)?.before;
    return before === undefined || walk.isAt(before) ? undefined : indexContradicts;
  };
}

/** Gives the keys of the last `keysMax` orders between two verified places. */
export function readKeys(
  reader: ChunkReader,
  from: LogPoint,
  to: LogPoint,
  keysMax: number,
  take: TakeKey,
): Fault | undefined {
  const walk = new LogWalk(from);
  const first = to.orders - keysMax;
  const visit: VisitLine = ({ orders }, bytes, start, end) => {
    if (orders >= first && bytes[start] !== comma) takeKey(bytes, start, end, orders as OrderNumber, take);
    return undefined;
  };
  return walkTo(reader, walk, to.offset, (bytes) => walk.verify(bytes, visit));
}
