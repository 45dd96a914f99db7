import { checksumHex } from "../../lib/checksum.ts";
import type { Change } from "../core/types.ts";
import { parseChange } from "./change-line.ts";
import { joinFields } from "./fields.ts";
import { LineSealer, readLines } from "./lines.ts";

const format = "toystore-catalog-wal-3";

/** One file of the write-ahead log: a header that ties it to what came before, then changes. */
export interface Segment {
  /** Number of its first change. */
  readonly first: number;
  /** The checksum of the log before it. */
  readonly chainBefore: number;
}

/** The header line. `sealer` continues from the log before, and seals it. */
export function formatHeader(first: number, sealer: LineSealer): Uint8Array {
  return Buffer.from(sealer.seal(joinFields([format, first, checksumHex(sealer.chain)])));
}

export interface SegmentRead extends Segment {
  /** How many changes. */
  readonly changes: number;
  /** The checksum of its last valid line. */
  readonly chain: number;
  /** Bytes of its valid lines. */
  readonly bytes: number;
  /** The line after the valid ones, from 1. */
  readonly line: number;
  readonly end: "end" | "torn" | "damaged";
}

/** Reads as far as lines are valid, and hands over each change. Undefined: it does not even have a valid header. */
export function readSegment(bytes: Uint8Array, take: (change: Change) => void): SegmentRead | undefined {
  const segment = readHeader(bytes);
  if (segment === undefined) return undefined;
  let changes = 0;
  let isHeader = true;
  const end = readLines(bytes, segment.chainBefore, (fields) => {
    if (isHeader) {
      isHeader = false;
      return true;
    }
    const change = parseChange(fields);
    if (change?.position !== segment.first + changes) return false;
    changes += 1;
    take(change);
    return true;
  });
  if (isHeader) return undefined;
  return { ...segment, changes, chain: end.chain, bytes: end.offset, line: end.line, end: end.kind };
}

function readHeader(bytes: Uint8Array): Segment | undefined {
  const text = Buffer.from(bytes.subarray(0, 128)).toString("latin1");
  const match = /^([a-z0-9-]+),(\d{1,15}),([0-9a-f]{8}),[0-9a-f]{8}\n/.exec(text);
  if (match?.[1] !== format) return undefined;
  return { first: Number(match[2]), chainBefore: Number.parseInt(match[3] ?? "", 16) };
}
