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
