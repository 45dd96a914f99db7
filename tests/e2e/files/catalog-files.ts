import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { readSealedLines, type SealedLine, splitFields } from "./sealed-lines.ts";

/** One product's totals. */
export interface Totals {
  initial: number;
  restocked: number;
  adjusted: number;
  sold: number;
  /** initial + restocked + adjusted - sold: on hand, once nothing is set aside any more. No file has what is. */
  onHand: number;
}

/** What the catalog's snapshot and write-ahead log say, taken together. */
export interface CatalogState {
  readonly products: ReadonlyMap<string, Totals>;
  /** Every order with a lower number is settled. */
  readonly settledBelow: number;
}

interface Draft {
  readonly products: Map<string, Totals>;
  settledBelow: number;
}

/** Reads the files beside catalog.csv. Throws if they are damaged, or are just being written. */
export function readCatalogFiles(csv: string): CatalogState {
  const snapshot = newest(csv, "snapshot");
  if (snapshot === undefined) throw new Error(`${csv} has no snapshot beside it`);
  const { lines } = readSealedLines(snapshot.path, read(snapshot.path), { before: 0, coversComma: false });
  const draft: Draft = { products: new Map(), settledBelow: 0 };
  for (const line of lines) takeSnapshotLine(draft, line);
  let position = snapshot.number;
  for (const { path } of numbered(csv, "wal")) {
    for (const { fields } of readSegment(path)) {
      const [number = "", type = "", ...rest] = fields;
      if (Number(number) <= position) continue;
      if (Number(number) !== position + 1) throw new Error(`${path}: change ${number} after ${position}`);
      position++;
      applyChange(draft, type, rest);
    }
  }
  return draft;
}

/** The rows of catalog.csv: name to quantity. */
export function readCatalogCsv(path: string): Map<string, number> {
  const rows = read(path).split("\n").slice(1, -1).map(splitFields);
  return new Map(rows.map(([name = "", , quantity = ""]) => [name, Number(quantity)]));
}

/** The changes of one file of the write-ahead log. */
function readSegment(path: string): SealedLine[] {
  const text = read(path);
  const before = Number.parseInt(text.split("\n", 1)[0]?.split(",")[2] ?? "", 16);
  return readSealedLines(path, text, { before, coversComma: false }).lines.slice(1);
}

function takeSnapshotLine(draft: Draft, { fields: [type, ...rest] }: SealedLine): void {
  if (type === "store") draft.settledBelow = Number(rest[3]);
  if (type !== "product") return;
  const [name = "", , ...numbers] = rest;
  const [initial = 0, restocked = 0, adjusted = 0, sold = 0] = numbers.map(Number);
  draft.products.set(name, { initial, restocked, adjusted, sold, onHand: initial + restocked + adjusted - sold });
}

function applyChange(draft: Draft, type: string, fields: readonly string[]): void {
  const [first = "", second = ""] = fields;
  switch (type) {
    case "settle":
      if (Number(first) !== draft.settledBelow) throw new Error(`order ${first} settled out of sequence`);
      draft.settledBelow += Number(second);
      for (let at = 2; at < fields.length; at += 3) applySale(draft, fields.slice(at, at + 3));
      return;
    case "restock":
      move(draft, first, { restocked: Number(second), onHand: Number(second) });
      return;
    case "edit":
      for (let at = 2; at < fields.length; at += 5) applyEdit(draft, fields.slice(at, at + 5));
      return;
    case "fence":
    case "checkpoint":
      return;
    default:
      throw new Error(`an unknown change: ${type}`);
  }
}

/** No order may take what is not there (P3): then nothing is ever adjusted for one. */
function applySale(draft: Draft, [name = "", quantity = "", adjusted = ""]: readonly string[]): void {
  if (adjusted !== "0") throw new Error(`${adjusted || "no number"} of ${quantity} ${name} sold were not there`);
  move(draft, name, { sold: Number(quantity), onHand: -Number(quantity) });
}

function applyEdit(draft: Draft, [name = "", , quantity = "", , age = ""]: readonly string[]): void {
  const change = Number(quantity);
  if (age === "new") {
    draft.products.set(name, { initial: 0, restocked: 0, adjusted: 0, sold: 0, onHand: 0 });
    move(draft, name, { initial: change, onHand: change });
  } else move(draft, name, { adjusted: change, onHand: change });
}

function move(draft: Draft, name: string, by: Partial<Totals>): void {
  const totals = draft.products.get(name);
  if (totals === undefined) throw new Error(`a change of the unknown product ${name}`);
  for (const part of Object.keys(by) as (keyof Totals)[]) totals[part] += by[part] ?? 0;
  if (totals.onHand < 0) throw new Error(`${totals.onHand} ${name} are left`);
}

function newest(csv: string, kind: string): { path: string; number: number } | undefined {
  return numbered(csv, kind).at(-1);
}

/** The files catalog.csv.KIND-NUMBER, lowest number first. */
function numbered(csv: string, kind: string): { path: string; number: number }[] {
  const start = `${basename(csv)}.${kind}-`;
  return readdirSync(dirname(csv))
    .filter((name) => name.startsWith(start) && /^\d+$/.test(name.slice(start.length)))
    .map((name) => ({ path: join(dirname(csv), name), number: Number(name.slice(start.length)) }))
    .sort((a, b) => a.number - b.number);
}

function read(path: string): string {
  return readFileSync(path, "utf8");
}
