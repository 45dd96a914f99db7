import { CsvError, parse } from "csv-parse/sync";
import { limits } from "../core/limits.ts";
import type { Row } from "../core/types.ts";
import { CatalogFileError } from "./names.ts";

const columns = ["product_name", "price", "quantity"] as const;

const format = {
  bom: true,
  info: true,
  recordDelimiter: ["\r\n", "\n"],
  relaxColumnCount: true,
  skipEmptyLines: true,
};

/** What is wrong with a row, and in which column, from 1. */
interface Fault {
  readonly column: number;
  readonly problem: string;
}

/**
 * Reads catalog.csv: RFC 4180, UTF-8, header product_name,price,quantity. Throws
 * CatalogFileError with file, line and column of the first thing that is wrong.
 */
export function parseCatalog(path: string, bytes: Uint8Array): Row[] {
  const records = parseRecords(path, decode(path, bytes));
  const header = records.shift();
  if (header?.fields.length !== columns.length || columns.some((name, at) => header.fields[at] !== name)) {
    throw faultAt(path, header?.line ?? 1, { column: 1, problem: `the header must be ${columns.join(",")}` });
  }
  const lines = new Map<string, number>();
  return records.map(({ fields, line }) => {
    const row = parseRow(fields);
    if ("problem" in row) throw faultAt(path, line, row);
    const earlier = lines.get(row.name);
    if (earlier !== undefined) {
      throw faultAt(path, line, { column: 1, problem: `${JSON.stringify(row.name)} is on line ${earlier} already` });
    }
    lines.set(row.name, line);
    return row;
  });
}

export function formatCatalog(rows: readonly Row[]): Uint8Array {
  let text = `${columns.join(",")}\n`;
  for (const { name, priceCents, quantity } of rows) text += `${quoted(name)},${formatPrice(priceCents)},${quantity}\n`;
  return Buffer.from(text);
}

/** Cents as a price with two decimals. */
function formatPrice(priceCents: number): string {
  return `${Math.floor(priceCents / 100)}.${String(priceCents % 100).padStart(2, "0")}`;
}

function quoted(name: string): string {
  return /[",]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name;
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

function parseRecords(path: string, text: string): { fields: string[]; line: number }[] {
  try {
    const parsed: unknown = parse(text, format);
    return (parsed as { record: string[]; info: { lines: number } }[]).map(({ record, info }) => ({
      fields: record,
      line: info.lines,
    }));
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const { lines, column } = error as CsvError & { lines?: number; column?: number };
    const at = typeof column === "number" ? column + 1 : 1;
    throw faultAt(path, lines ?? 1, { column: at, problem: error.message });
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
  if (!/^\d{1,10}$/.test(quantity) || Number(quantity) > limits.quantityMax) {
    return { column: 3, problem: `${JSON.stringify(quantity)} is not a quantity from 0 to ${limits.quantityMax}` };
  }
  return { name, priceCents, quantity: Number(quantity) };
}

function isProductName(name: string): boolean {
  const characters = Array.from(name).length;
  return characters >= 1 && characters <= limits.productNameCharactersMax && !/\p{Cc}/u.test(name);
}

function parsePrice(text: string): number | undefined {
  const match = /^(\d{1,9})(?:\.(\d{1,2}))?$/.exec(text);
  if (match === null) return undefined;
  return Number(match[1]) * 100 + Number((match[2] ?? "").padEnd(2, "0"));
}

function faultAt(path: string, line: number, fault: Fault): CatalogFileError {
  const name = columns[fault.column - 1];
  const column = name === undefined ? `column ${fault.column}` : `column ${fault.column} (${name})`;
  return new CatalogFileError(`${path}, line ${line}, ${column}: ${fault.problem}`);
}
