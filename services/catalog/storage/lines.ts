import { chainChecksum, chainChecksumOf, checksumHex } from "../../lib/checksum.ts";
import { Fields } from "./fields.ts";

/**
 * Readable lines, each sealed with a checksum that continues the one of the line
 * before: `field,field,...,checksum`.
 */
export class LineSealer {
  constructor(private current: number) {}

  /** The checksum of everything sealed so far. */
  get chain(): number {
    return this.current;
  }

  seal(line: string): string {
    this.current = chainChecksum(this.current, line);
    return `${line},${checksumHex(this.current)}\n`;
  }
}

/**
 * - end: every line is whole;
 * - torn: the last line has no end, as a crash leaves it in the midst of a write;
 * - damaged: a line is not what was written.
 */
export interface ReadingEnd {
  readonly kind: "end" | "torn" | "damaged";
  /** The valid bytes; also where the bad line begins. */
  readonly offset: number;
  /** The line after the valid ones, from 1. */
  readonly line: number;
  /** The checksum of the last valid line. */
  readonly chain: number;
}

const newline = 0x0a;
const sealLength = ",00000000".length;

/** Hands the fields of each valid line, without the checksum, to `take`, which may find the line damaged (false). */
export function readLines(bytes: Uint8Array, chain: number, take: (fields: Fields) => boolean): ReadingEnd {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fields = new Fields(buffer);
  let current = chain;
  let offset = 0;
  for (let line = 1; ; line++) {
    if (offset === buffer.length) return { kind: "end", offset, line, chain: current };
    const end = buffer.indexOf(newline, offset);
    if (end < 0) return { kind: "torn", offset, line, chain: current };
    const bodyEnd = end - sealLength;
    if (bodyEnd < offset) return { kind: "damaged", offset, line, chain: current };
    const next = chainChecksumOf(current, buffer, offset, bodyEnd);
    fields.begin(offset, bodyEnd);
    if (!isSealed(buffer, bodyEnd, next) || !take(fields)) {
      return { kind: "damaged", offset, line, chain: current };
    }
    current = next;
    offset = end + 1;
  }
}

const comma = 0x2c;

/** There is a comma and then the checksum in hex; without making a text of it, since lines come by the million. */
function isSealed(buffer: Buffer, at: number, checksum: number): boolean {
  if (buffer[at] !== comma) return false;
  for (let digit = 0; digit < 8; digit++) {
    const value = (checksum >>> (28 - 4 * digit)) & 15;
    if (buffer[at + 1 + digit] !== value + (value < 10 ? 0x30 : 0x57)) return false;
  }
  return true;
}
