import { chainChecksumOf } from "../../lib/checksum.ts";
import type { LogIndex, Term } from "../core/types.ts";
import type { LogPoint } from "./codec.ts";

/** Where an entry's line begins. */
export interface IndexRecord {
  /** The place before the entry. */
  readonly before: LogPoint;
  /** The entry's term. */
  readonly term: Term;
}

/** Five 64-bit floats (exact up to 2^53) and two 32-bit checksums, little-endian. */
export const recordBytes = 48;
/** Where each is. The last checksum is of all that stands before it. */
const field = { index: 0, lastTerm: 8, orders: 16, offset: 24, term: 32, chain: 40, checksum: 44 };
const roomMin = 64;

/**
 * A list of records as the bytes that they are on disk: a third of what they take
 * as objects, nothing for the garbage collector to visit, and nothing to decode
 * before one is asked for. A log of ten million orders has 156,250.
 */
export class IndexRecords {
  private bytes: Buffer;
  private view: DataView;
  private count: number;

  private constructor(bytes: Buffer, count: number) {
    this.bytes = bytes;
    this.view = viewOf(bytes);
    this.count = count;
  }

  static none(): IndexRecords {
    return new IndexRecords(Buffer.alloc(0), 0);
  }

  /** The records of an index file up to the first that is not whole. The bytes belong to the list from now on. */
  static read(bytes: Buffer): IndexRecords {
    let end = 0;
    for (; end + recordBytes <= bytes.length; end += recordBytes) {
      const sum = chainChecksumOf(0, bytes, end, end + field.checksum);
      if (sum !== bytes.readUInt32LE(end + field.checksum)) break;
    }
    return new IndexRecords(bytes, end / recordBytes);
  }

  get length(): number {
    return this.count;
  }

  /** A list of its own with the same records. */
  copy(): IndexRecords {
    return new IndexRecords(Buffer.from(this.bytes.subarray(0, this.count * recordBytes)), this.count);
  }

  get last(): IndexRecord | undefined {
    return this.at(this.count - 1);
  }

  at(nth: number): IndexRecord | undefined {
    if (nth < 0 || nth >= this.count) return undefined;
    const at = nth * recordBytes;
    const last = {
      index: this.view.getFloat64(at + field.index, true) as LogIndex,
      term: this.view.getFloat64(at + field.lastTerm, true) as Term,
    };
    const before = {
      last,
      orders: this.view.getFloat64(at + field.orders, true),
      offset: this.view.getFloat64(at + field.offset, true),
      chain: this.view.getUint32(at + field.chain, true),
    };
    return { before, term: this.view.getFloat64(at + field.term, true) as Term };
  }

  /** `at(nth).before.last.index` of one that is there. */
  indexBefore(nth: number): number {
    return this.view.getFloat64(nth * recordBytes + field.index, true);
  }

  /** `at(nth).before.orders` of one that is there. */
  ordersBefore(nth: number): number {
    return this.view.getFloat64(nth * recordBytes + field.orders, true);
  }

  /** `at(nth).before.offset` of one that is there. */
  offset(nth: number): number {
    return this.view.getFloat64(nth * recordBytes + field.offset, true);
  }

  /** The entry is the first of its term. */
  opensTerm(nth: number): boolean {
    const at = nth * recordBytes;
    return this.view.getFloat64(at + field.term, true) !== this.view.getFloat64(at + field.lastTerm, true);
  }

  push({ before, term }: IndexRecord): void {
    const at = this.count * recordBytes;
    if (at + recordBytes > this.bytes.length) this.grow();
    this.view.setFloat64(at + field.index, before.last.index, true);
    this.view.setFloat64(at + field.lastTerm, before.last.term, true);
    this.view.setFloat64(at + field.orders, before.orders, true);
    this.view.setFloat64(at + field.offset, before.offset, true);
    this.view.setFloat64(at + field.term, term, true);
    this.view.setUint32(at + field.chain, before.chain, true);
    const sum = chainChecksumOf(0, this.bytes, at, at + field.checksum);
    this.view.setUint32(at + field.checksum, sum, true);
    this.count++;
  }

  /** Keeps the first `length`. */
  cutTo(length: number): void {
    this.count = Math.min(this.count, length);
  }

  /** The records from the `from`th to before the `to`th as they are on disk; valid until the next change. */
  encoded(from: number, to: number): Buffer {
    return this.bytes.subarray(from * recordBytes, to * recordBytes);
  }

  /** How many records, from the first on, are the same in another list. */
  agreesTo(other: IndexRecords): number {
    // Halving: the first `same` do, the first `differ` do not.
    let same = 0;
    let differ = Math.min(this.count, other.count) + 1;
    while (same + 1 < differ) {
      const middle = (same + differ) >>> 1;
      if (this.encoded(same, middle).equals(other.encoded(same, middle))) same = middle;
      else differ = middle;
    }
    return same;
  }

  private grow(): void {
    const room = Math.max(roomMin, this.count >>> 1);
    const bytes = Buffer.alloc((this.count + room) * recordBytes);
    this.bytes.copy(bytes);
    this.bytes = bytes;
    this.view = viewOf(bytes);
  }
}

function viewOf({ buffer, byteOffset, byteLength }: Buffer): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
