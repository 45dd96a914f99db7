import { readFileSync } from "node:fs";
import { crc32 } from "node:zlib";
import { readSealedLines } from "./sealed-lines.ts";

/** An order as a replica's log file holds it. */
export interface LoggedOrder {
  readonly number: number;
  readonly name: string;
  readonly quantity: number;
  /** With its namespace, "c:..." */
  readonly key: string;
}

const header = "order_number,product_name,quantity,position,term,key,checksum\n";

/** The orders of a log file. Throws if a line is damaged, a position or number is out of sequence, or a term falls. */
export function readOrderLog(path: string): LoggedOrder[] {
  const text = readFileSync(path, "utf8");
  if (!text.startsWith(header)) throw new Error(`${path} has no header of an order log`);
  const seal = { before: crc32(header), coversComma: true };
  const { lines } = readSealedLines(path, text.slice(header.length), seal);
  const orders: LoggedOrder[] = [];
  let lastTerm = 1;
  for (const { fields, line } of lines) {
    const [number = "", name = "", quantity = "", position = "", term = "", key = ""] = fields;
    const wrong = (what: string): Error => new Error(`${path}, line ${line + 1}: ${what}`);
    if (position !== `${line}`) throw wrong(`position ${position} where ${line} should be`);
    if (Number(term) < lastTerm) throw wrong(`term ${term} after ${lastTerm}`);
    lastTerm = Number(term);
    if (number === "") continue;
    if (number !== `${orders.length}`) throw wrong(`order ${number} where ${orders.length} should be`);
    orders.push({ number: Number(number), name, quantity: Number(quantity), key });
  }
  return orders;
}
