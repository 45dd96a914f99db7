import { chainChecksum } from "../../lib/checksum.ts";
import { checkLine, lineBytesMax, statedChecksum } from "./codec.ts";

const newline = 10;
const sectorBytes = 512;

/** Eight hexadecimal digits before the newline. */
const checksumBytes = 8;

/**
 * Whether the bytes from a faulty line to the file's end, which begin at
 * `offset` in the file after a line with checksum `chain`, can be what a crash
 * left of the group that was being written. Nothing of that group was
 * acknowledged, so it may be cut.
 *
 * A whole line after the faulty one speaks against it, except where the fault is
 * a hole: sectors that never reached the disk read as zeros, and a power failure
 * leaves them as readily before later sectors as at the end. (The distinction
 * follows Alagappan et al., "Protocol-Aware Recovery for Consensus-Based
 * Storage", 2018.)
 */
export function isTorn(bytes: Buffer, offset: number, chain: number): boolean {
  return !hasWholeLineAfterFirst(bytes, chain) || hasHoleInFirst(bytes, offset);
}

/**
 * True if a line follows from the one before it, by the checksum which that one
 * states or, near the faulty line, which the text from there gives: damage to
 * either is seen, though it makes two lines of one.
 */
function hasWholeLineAfterFirst(bytes: Buffer, chain: number): boolean {
  for (let start = bytes.indexOf(newline) + 1; start > 0; ) {
    const end = bytes.indexOf(newline, start);
    if (end < 0) return false;
    const textEnd = start - 1 - checksumBytes;
    if (textEnd >= 0 && start <= lineBytesMax) {
      const computed = chainChecksum(chain, bytes.subarray(0, textEnd));
      if (checkLine(bytes, start, end, computed) >= 0) return true;
    }
    const stated = statedChecksum(bytes, start - 1);
    if (stated >= 0 && checkLine(bytes, start, end, stated) >= 0) return true;
    start = end + 1;
  }
  return false;
}

/**
 * A hole ends with a sector. It begins with one, or with the faulty line itself,
 * where the group began to fill a sector that was written before.
 */
function hasHoleInFirst(bytes: Buffer, offset: number): boolean {
  const hole = bytes.indexOf(0);
  if (hole < 0 || hole > bytes.indexOf(newline)) return false;
  let end = hole;
  while (bytes[end] === 0) end++;
  return (hole === 0 || (offset + hole) % sectorBytes === 0) && (offset + end) % sectorBytes === 0;
}
