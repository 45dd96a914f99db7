import { limits } from "../core/limits.ts";
import type { Row } from "../core/types.ts";
import { CatalogFileError } from "./names.ts";
import { RecordFault, Records } from "./records.ts";

const columns = ["product_name", "price", "quantity"] as const;

/** What is wrong with a row, and in which column, from 1. */
interface Fault {
  readonly column: number;
  readonly problem: string;
}

/**
 * Reads catalog.csv: RFC 4180, UTF-8, header product_name,price,quantity. Spaces
 * around a number are accepted. Throws CatalogFileError with file, line and
 * column of the first thing that is wrong.
 */
export function parseCatalog(path: string, bytes: Uint8Array): Row[] {
  const rows = parseRows(path, bytes);
  const names = new Set<string>();
  for (const { name } of rows) {
    if (names.has(name)) return refuseSecond(path, bytes, name);
    names.add(name);
  }
  return rows;
}

/** The same, but names that are there twice, which costs a third of the time, are for the caller to find. */
export function parseRows(path: string, bytes: Uint8Array): Row[] {
  const rows: Row[] = [];
  eachRow(path, bytes, (row) => {
    rows.push(row);
  });
  return rows;
}

/** `take` is given each row and the line on which it ends. */
function eachRow(path: string, bytes: Uint8Array, take: (row: Row, line: number) => void): void {
  const records = new Records(decode(path, bytes));
  const refuse = (fault: Fault): never => {
    throw faultAt(path, records.line, fault);
  };
  try {
    const header = records.next();
    if (header?.length !== columns.length || columns.some((name, at) => header[at] !== name)) {
      refuse({ column: 1, problem: `the header must be ${columns.join(",")}` });
    }
    for (let fields = records.next(); fields !== undefined; fields = records.next()) {
      const row = parseRow(fields);
      if ("problem" in row) return refuse(row);
      take(row, records.line);
    }
  } catch (error) {
    if (error instanceof RecordFault) refuse({ column: error.column, problem: error.message });
    throw error;
  }
}

function refuseSecond(path: string, bytes: Uint8Array, name: string): never {
  const lines: number[] = [];
  eachRow(path, bytes, (row, line) => {
    if (row.name === name) lines.push(line);
  });
  const [first, second = 1] = lines;
  throw faultAt(path, second, { column: 1, problem: `${JSON.stringify(name)} is on line ${first} already` });
}

export function formatCatalog(rows: readonly Row[]): Uint8Array {
  let text = formatHeader();
  for (const { name, priceCents, quantity } of rows) {
    text += `${formatName(name)},${formatPrice(priceCents)},${quantity}\n`;
  }
  return Buffer.from(text);
}

export function formatHeader(): string {
  return `${columns.join(",")}\n`;
}

/** Quoted where it has to be. */
export function formatName(name: string): string {
  return /[",]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name;
}

/** Cents as a price with two decimals. */
export function formatPrice(priceCents: number): string {
  return `${Math.floor(priceCents / 100)}.${String(priceCents % 100).padStart(2, "0")}`;
}

function decode(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw faultAt(path, lineOfBadUtf8(bytes), { column: 1, problem: "the line is not valid UTF-8" });
  }
}

/** A line break is never a part of another character, so lines can be decoded one by one. */
function lineOfBadUtf8(bytes: Uint8Array): number {
  const isGood = (line: Uint8Array): boolean =>
    Buffer.from(line).equals(Buffer.from(Buffer.from(line).toString("utf8")));
  let start = 0;
  for (let line = 1; ; line++) {
    const end = bytes.indexOf(0x0a, start);
    if (end < 0 || !isGood(bytes.subarray(start, end))) return line;
    start = end + 1;
  }
}

function parseRow(fields: readonly string[]): Row | Fault {
  if (fields.length !== columns.length) {
    const column = Math.min(fields.length, columns.length) + 1;
    return { column, problem: `a row has ${columns.length} fields, this one ${fields.length}` };
  }
  const [name = "", price = "", quantity = ""] = fields;
  if (!isProductName(name)) {
    const accepted = `1 to ${limits.productNameCharactersMax} characters, none of them a control character`;
    return { column: 1, problem: `${JSON.stringify(name)} is not a product name: ${accepted}` };
  }
  const priceCents = parsePrice(price);
  if (priceCents === undefined) {
    return { column: 2, problem: `${JSON.stringify(price)} is not a price: digits, and at most two decimals` };
  }
  if (!/^ *\d{1,10} *$/.test(quantity) || Number(quantity) > limits.quantityMax) {
    return { column: 3, problem: `${JSON.stringify(quantity)} is not a quantity from 0 to ${limits.quantityMax}` };
  }
  return { name, priceCents, quantity: Number(quantity) };
}

function isProductName(name: string): boolean {
  if (name === "" || /\p{Cc}/u.test(name)) return false;
  // A character is one code unit or two.
  const { productNameCharactersMax } = limits;
  return name.length <= productNameCharactersMax || Array.from(name).length <= productNameCharactersMax;
}

function parsePrice(text: string): number | undefined {
  const match = /^ *(\d{1,9})(?:\.(\d{1,2}))? *$/.exec(text);
  if (match === null) return undefined;
  return Number(match[1]) * 100 + Number((match[2] ?? "").padEnd(2, "0"));
}

function faultAt(path: string, line: number, fault: Fault): CatalogFileError {
  const name = columns[fault.column - 1];
  const column = name === undefined ? `column ${fault.column}` : `column ${fault.column} (${name})`;
  return new CatalogFileError(`${path}, line ${line}, ${column}: ${fault.problem}`);
}
