import { assert } from "../../lib/assert.ts";
import { chainChecksum, chainChecksumOf, checksumHex } from "../../lib/checksum.ts";
import {
  beforeFirst,
  type Entry,
  type LogIndex,
  type LogPosition,
  noTerm,
  type Order,
  type OrderNumber,
  type TakeKey,
  type Term,
} from "../core/types.ts";

/*
 * The log file's format: CSV (RFC 4180) with "\n", one entry a line.
 *
 *     order_number,product_name,quantity,position,term,key,checksum
 *     ,,,1,1,,52a2b7c1
 *     0,Tux,1,2,1,g:6f1c...,0a4be1d2
 *
 * The same entries give the same bytes on every replica. A line's checksum is
 * the CRC-32 of the header line and of every line's fields up to its own, so it
 * speaks for the whole file above.
 */

export const header = "order_number,product_name,quantity,position,term,key,checksum\n";

/** No line is longer, its newline included. */
export const lineBytesMax = 2048;

/** Comma, eight digits. */
const sealBytes = 9;
const quantityMax = 2 ** 31 - 1;
/** UTF-16 units of 128 characters, the longest name. */
const textUnitsMax = 256;
const comma = 44;
const quote = 34;

/** A place between two lines, with all that is needed to go on from there. */
export interface LogPoint {
  /** The entry before it; index 0 and term 0 at the top. */
  readonly last: LogPosition;
  /** Orders before it: the number of the next one. */
  readonly orders: number;
  /** Bytes before it, the header included. */
  readonly offset: number;
  /** The checksum of the line before it. */
  readonly chain: number;
}

/** Before the first entry. */
export const logTop: LogPoint = {
  last: { index: beforeFirst, term: noTerm },
  orders: 0,
  offset: header.length,
  chain: chainChecksum(0, header),
};

/** A line up to and including the comma before its checksum. */
export function encodePayload({ index, term, order }: Entry): string {
  if (order === undefined) return `,,,${index},${term},,`;
  assert(order.quantity >= 1 && order.quantity <= quantityMax, "an order has a quantity");
  return `${order.number},${encodeText(order.product)},${order.quantity},${index},${term},${encodeText(order.key)},`;
}

/** The whole line; `chain` is the checksum of the payload continued from the line before. */
export function sealLine(payload: string, chain: number): string {
  return `${payload}${checksumHex(chain)}\n`;
}

function encodeText(text: string): string {
  assert(text.length > 0 && text.length <= textUnitsMax, "a name or key is within its limits");
  let quoted = false;
  let beyondBasic = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    assert(code >= 32 && code !== 127, "a name or key has no control characters");
    if (code === comma || code === quote) quoted = true;
    if (code >= 0xd800 && code <= 0xdfff) beyondBasic = true;
  }
  // Half a surrogate pair would come back from the file as another character.
  assert(!beyondBasic || Buffer.from(text).toString() === text, "a name or key is Unicode");
  return quoted ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * The checksum of the line at bytes[start, end), its newline excluded, if it is
 * the one that the line states and that follows from `chain`; otherwise -1.
 */
export function checkLine(bytes: Buffer, start: number, end: number, chain: number): number {
  if (end - start < sealBytes || bytes[end - sealBytes] !== comma) return -1;
  const computed = chainChecksumOf(chain, bytes, start, end - sealBytes + 1);
  return computed === statedChecksum(bytes, end) ? computed : -1;
}

/** The last eight bytes before `end` as a checksum; -1 if they are not hexadecimal digits. */
export function statedChecksum(bytes: Buffer, end: number): number {
  let value = 0;
  for (let at = end - 8; at < end; at++) {
    const digit = hexDigits[bytes[at] ?? 0] ?? -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

/** By character code; -1 for what is none. */
const hexDigits = new Int8Array(256).fill(-1);
for (let value = 0; value < 16; value++) hexDigits[value.toString(16).charCodeAt(0)] = value;

/** The entry of a line (as in checkLine, which is to come first); undefined if it is not one. */
export function decodeLine(bytes: Buffer, start: number, end: number): Entry | undefined {
  const fields = new Fields(bytes, start, end - sealBytes + 1);
  const opensTerm = bytes[start] === comma;
  const number = opensTerm ? fields.empty() : fields.count();
  const product = opensTerm ? fields.empty() : fields.text();
  const quantity = opensTerm ? fields.empty() : fields.count();
  const index = fields.count();
  const term = fields.count();
  const key = opensTerm ? fields.empty() : fields.text();
  if (!fields.complete || index === 0 || term === 0) return undefined;
  if (opensTerm) return { index: index as LogIndex, term: term as Term, order: undefined };
  if (quantity === undefined || quantity === 0 || quantity > quantityMax) return undefined;
  const order = { number, product, quantity, key } as Order;
  return { index: index as LogIndex, term: term as Term, order };
}

/** Takes the key alone of a line that holds an order and was verified. */
export function takeKey(bytes: Buffer, start: number, end: number, number: OrderNumber, take: TakeKey): void {
  const keyEnd = end - sealBytes;
  if (bytes[keyEnd - 1] !== quote) {
    take(bytes, bytes.lastIndexOf(comma, keyEnd - 1) + 1, keyEnd, number);
    return;
  }
  const key = Buffer.from(decodeLine(bytes, start, end)?.order?.key ?? "");
  take(key, 0, key.length, number);
}

/** Takes the fields of a line one after the other; each ends with a comma. */
class Fields {
  private bad = false;

  constructor(
    private readonly bytes: Buffer,
    private at: number,
    private readonly end: number,
  ) {}

  /** Every field was as asked for, and none is left. */
  get complete(): boolean {
    return !this.bad && this.at === this.end;
  }

  /** A whole number from 0 on, as it is written canonically. */
  count(): number {
    const { bytes, at: start } = this;
    let value = 0;
    let at = start;
    for (let code = bytes[at] ?? 0; code >= 48 && code <= 57; code = bytes[++at] ?? 0) value = value * 10 + (code - 48);
    if (at === start || (bytes[start] === 48 && at > start + 1) || !Number.isSafeInteger(value)) this.bad = true;
    this.close(at);
    return value;
  }

  empty(): undefined {
    this.close(this.at);
    return undefined;
  }

  /** At least one character; quoted if it holds commas or quotes. */
  text(): string {
    if (this.bytes[this.at] === quote) return this.quotedText();
    const stop = this.bytes.indexOf(comma, this.at);
    const text = this.bytes.toString("utf8", this.at, stop);
    if (stop <= this.at) this.bad = true;
    this.close(stop);
    return text;
  }

  private quotedText(): string {
    let stop = this.bytes.indexOf(quote, this.at + 1);
    while (stop >= 0 && this.bytes[stop + 1] === quote) stop = this.bytes.indexOf(quote, stop + 2);
    const text = this.bytes.toString("utf8", this.at + 1, stop).replaceAll('""', '"');
    if (stop <= this.at + 1) this.bad = true;
    this.close(stop + 1);
    return text;
  }

  private close(at: number): void {
    if (this.bad || at >= this.end || this.bytes[at] !== comma) this.bad = true;
    else this.at = at + 1;
  }
}
