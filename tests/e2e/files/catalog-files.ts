import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { readSealedLines, type SealedLine, splitFields } from "./sealed-lines.ts";

/** One product's totals; initial + restocked + adjusted = onHand + reserved + sold. */
export interface Totals {
  initial: number;
  restocked: number;
  adjusted: number;
  onHand: number;
  reserved: number;
  sold: number;
}

/** What the catalog's snapshot and write-ahead log say, taken together. */
export interface CatalogState {
  readonly products: ReadonlyMap<string, Totals>;
  /** Every order with a lower number is settled. */
  readonly settledBelow: number;
}

interface Draft {
  readonly products: Map<string, Totals>;
  readonly reservations: Map<string, { name: string; quantity: number }>;
  settledBelow: number;
}

/** Reads the files beside catalog.csv. Throws if they are damaged, or are just being written. */
export function readCatalogFiles(csv: string): CatalogState {
  const snapshot = newest(csv, "snapshot");
  if (snapshot === undefined) throw new Error(`${csv} has no snapshot beside it`);
  const { lines } = readSealedLines(snapshot.path, read(snapshot.path), { before: 0, coversComma: false });
  const draft: Draft = { products: new Map(), reservations: new Map(), settledBelow: 0 };
  for (const line of lines) takeSnapshotLine(draft, line);
  let version = snapshot.number;
  for (const { path } of numbered(csv, "wal")) {
    for (const { fields } of readSegment(path)) {
      const [number = "", type = "", ...rest] = fields;
      if (Number(number) <= version) continue;
      if (Number(number) !== version + 1) throw new Error(`${path}: change ${number} after ${version}`);
      version++;
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
  const [first = "", second = "", third = ""] = rest;
  if (type === "store") draft.settledBelow = Number(rest[3]);
  if (type === "reservation") draft.reservations.set(first, { name: second, quantity: Number(third) });
  if (type !== "product") return;
  const [initial = 0, restocked = 0, adjusted = 0, onHand = 0, reserved = 0, sold = 0] = rest.slice(3).map(Number);
  draft.products.set(first, { initial, restocked, adjusted, onHand, reserved, sold });
}

function applyChange(draft: Draft, type: string, fields: readonly string[]): void {
  const [first = "", second = "", third = "", fourth = ""] = fields;
  switch (type) {
    case "reserve":
      draft.reservations.set(first, { name: second, quantity: Number(third) });
      move(draft, second, { onHand: -Number(third), reserved: Number(third) });
      return;
    case "return":
      release(draft, first, "onHand");
      return;
    case "settle":
      if (Number(first) !== draft.settledBelow++) throw new Error(`order ${first} settled out of sequence`);
      if (draft.reservations.get(second)?.name !== third) throw new Error(`order ${first} was not reserved`);
      if (draft.reservations.get(second)?.quantity !== Number(fourth)) throw new Error(`order ${first} has changed`);
      release(draft, second, "sold");
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

function release(draft: Draft, key: string, to: "onHand" | "sold"): void {
  const held = draft.reservations.get(key);
  if (held === undefined) throw new Error(`no reservation of ${key}`);
  draft.reservations.delete(key);
  move(draft, held.name, { reserved: -held.quantity, [to]: held.quantity });
}

function applyEdit(draft: Draft, [name = "", , quantity = "", , age = ""]: readonly string[]): void {
  const change = Number(quantity);
  if (age === "new") {
    draft.products.set(name, { initial: 0, restocked: 0, adjusted: 0, onHand: 0, reserved: 0, sold: 0 });
    move(draft, name, { initial: change, onHand: change });
  } else move(draft, name, { adjusted: change, onHand: change });
}

function move(draft: Draft, name: string, by: Partial<Totals>): void {
  const totals = draft.products.get(name);
  if (totals === undefined) throw new Error(`a change of the unknown product ${name}`);
  for (const part of Object.keys(by) as (keyof Totals)[]) totals[part] += by[part] ?? 0;
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
