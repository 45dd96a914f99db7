import { crc32 } from "node:zlib";

/**
 * CRC-32 of `text` (as UTF-8) continued from `previous`, as 8 lower-case hex
 * digits' worth of an unsigned 32-bit number. Chaining each line from the one
 * before makes a line's checksum speak for every line above it.
 */
export function chainChecksum(previous: number, text: string | Uint8Array): number {
  return crc32(text, previous);
}

/** Eight lower-case hex digits. */
export function checksumHex(checksum: number): string {
  return checksum.toString(16).padStart(8, "0");
}

/**
 * The same of bytes[start, end). On short ranges faster than a call into the
 * system with a view of them, and without garbage: logs are verified by the
 * million lines. Eight bytes at a time (Kounavis and Berry, "A Systematic
 * Approach to Building High Performance Software-Based CRC Generators", 2005).
 */
export function chainChecksumOf(previous: number, bytes: Uint8Array, start: number, end: number): number {
  let crc = ~previous;
  let at = start;
  for (; at + 8 <= end; at += 8) {
    crc ^=
      byteAt(bytes, at) | (byteAt(bytes, at + 1) << 8) | (byteAt(bytes, at + 2) << 16) | (byteAt(bytes, at + 3) << 24);
    crc =
      entryAt(1792 + (crc & 255)) ^
      entryAt(1536 + ((crc >>> 8) & 255)) ^
      entryAt(1280 + ((crc >>> 16) & 255)) ^
      entryAt(1024 + (crc >>> 24)) ^
      entryAt(768 + byteAt(bytes, at + 4)) ^
      entryAt(512 + byteAt(bytes, at + 5)) ^
      entryAt(256 + byteAt(bytes, at + 6)) ^
      entryAt(byteAt(bytes, at + 7));
  }
  for (; at < end; at++) crc = entryAt((crc ^ byteAt(bytes, at)) & 255) ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** Entry 256 k + n is the effect of byte n followed by k zero bytes. */
const effects = new Int32Array(8 * 256);
for (let n = 0; n < effects.length; n++) {
  const isLast = n < 256;
  const before = isLast ? n : entryAt(n - 256);
  effects[n] = isLast ? afterByte(before) : entryAt(before & 255) ^ (before >>> 8);
}

function afterByte(byte: number): number {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
}

function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}

function entryAt(n: number): number {
  return effects[n] ?? 0;
}
