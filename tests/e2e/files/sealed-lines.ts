import { crc32 } from "node:zlib";

/** One line of a sealed file: its fields without the checksum. */
export interface SealedLine {
  readonly fields: readonly string[];
  /** From 1. */
  readonly line: number;
}

/** How a file seals its lines. */
export interface Seal {
  /** The running CRC-32 before the first line. */
  readonly before: number;
  /** The checksum covers the comma before it (order log), or ends before that comma (catalog). */
  readonly coversComma: boolean;
}

/**
 * Reads the lines of a file whose last field is a CRC-32 that runs on from line
 * to line. Written from the documentation of the formats, not with the services'
 * code, so that an error there does not hide itself. Throws for the first line
 * that is not as it was sealed, and for a last one that is not whole.
 */
export function readSealedLines(path: string, text: string, seal: Seal): { lines: SealedLine[]; checksum: number } {
  let checksum = seal.before;
  if (text !== "" && !text.endsWith("\n")) throw new Error(`${path}: the last line is not whole`);
  const lines = text
    .split("\n")
    .slice(0, -1)
    .map((whole, at) => {
      const comma = whole.length - 9;
      checksum = crc32(whole.slice(0, seal.coversComma ? comma + 1 : comma), checksum);
      if (whole.slice(comma) !== `,${hex(checksum)}`) throw new Error(`${path}, line ${at + 1}: bad checksum`);
      return { fields: splitFields(whole.slice(0, comma)), line: at + 1 };
    });
  return { lines, checksum };
}

/** The fields of one line of RFC 4180. */
export function splitFields(line: string): string[] {
  const fields: string[] = [];
  let field = "";
  let quoted = false;
  for (let at = 0; at < line.length; at++) {
    const character = line.charAt(at);
    if (character === '"' && quoted && line[at + 1] === '"') field += line.charAt(++at);
    else if (character === '"') quoted = !quoted;
    else if (character === "," && !quoted) {
      fields.push(field);
      field = "";
    } else field += character;
  }
  return [...fields, field];
}

function hex(checksum: number): string {
  return checksum.toString(16).padStart(8, "0");
}
