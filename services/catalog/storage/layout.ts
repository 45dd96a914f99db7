import type { Rows } from "../core/types.ts";
import { formatHeader, formatName, formatPrice } from "./csv.ts";
import type { Patch } from "./files.ts";

const rowsPerPart = 500;

/**
 * Where in catalog.csv the quantity of each row is. All quantities are as wide as
 * the widest, filled up with spaces, so that any of them can be written over.
 */
export class Layout {
  private readonly offsets: Float64Array;

  constructor(
    readonly width: number,
    length: number,
  ) {
    this.offsets = new Float64Array(length);
  }

  /** The whole file, in parts; the layout holds when all of them were taken. */
  *write(rows: Rows): Generator<Uint8Array> {
    const header = Buffer.from(formatHeader());
    yield header;
    let offset = header.length;
    for (let first = 0; first < rows.length; first += rowsPerPart) {
      const end = Math.min(first + rowsPerPart, rows.length);
      let text = "";
      for (let place = first; place < end; place++) {
        const { name, priceCents, quantity } = rows.row(place);
        const head = `${formatName(name)},${formatPrice(priceCents)},`;
        offset += Buffer.byteLength(head);
        this.offsets[place] = offset;
        offset += this.width + 1;
        text += `${head}${this.cell(quantity)}\n`;
      }
      yield Buffer.from(text);
    }
  }

  /**
   * The layout of a file that holds exactly these rows, as `write` writes it. So
   * a start needs not parse a file that nobody edited, and can write over it.
   */
  static of(bytes: Uint8Array, rows: Rows): Layout | undefined {
    const width = widthIn(bytes);
    // What ends in anything else was not written by us; a cell of that width might not fit into memory.
    if (width < 1 || width > widthMax) return undefined;
    const layout = new Layout(width, rows.length);
    let offset = 0;
    for (const part of layout.write(rows)) {
      if (!Buffer.from(part).equals(bytes.subarray(offset, offset + part.length))) return undefined;
      offset += part.length;
    }
    return offset === bytes.length ? layout : undefined;
  }

  /** `other` is as `bytes`, a file in this layout, but for the cells of these rows, lowest first, which are as `rows` says. */
  differsOnlyIn(places: readonly number[], rows: Rows, bytes: Uint8Array, other: Uint8Array): boolean {
    let from = 0;
    for (const place of places) {
      const at = this.offsets[place] ?? 0;
      const cell = Buffer.from(this.cell(rows.row(place).quantity));
      if (!isEqual(bytes, other, from, at) || !cell.equals(other.subarray(at, at + this.width))) return false;
      from = at + this.width;
    }
    return isEqual(bytes, other, from, Math.max(bytes.length, other.length));
  }

  /** The cells of all these rows. */
  *patches(lists: readonly Iterable<number>[], rows: Rows): Generator<Patch> {
    for (const places of lists) {
      for (const place of places) {
        yield { at: this.offsets[place] ?? 0, bytes: Buffer.from(this.cell(rows.row(place).quantity)) };
      }
    }
  }

  private cell(quantity: number): string {
    return String(quantity).padEnd(this.width);
  }
}

function isEqual(one: Uint8Array, other: Uint8Array, start: number, end: number): boolean {
  return Buffer.from(one.buffer, one.byteOffset, one.byteLength)
    .subarray(start, end)
    .equals(other.subarray(start, end));
}

/** The width of the last field before the end of the file. */
function widthIn(bytes: Uint8Array): number {
  return bytes.length - 2 - bytes.lastIndexOf(comma);
}

const comma = 0x2c;
/** Digits of 2^31-1. */
const widthMax = 10;
