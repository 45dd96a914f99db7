import { unreachable } from "../../lib/assert.ts";
import type { Change, Deed, Edit, Position, Sale } from "../core/types.ts";
import { joinFields } from "./lines.ts";

/** A change as the fields of a line: position, type, and what the type needs. */
export function formatChange(change: Change): string {
  return joinFields([change.position, change.type, ...fieldsOf(change)]);
}

function fieldsOf(deed: Deed): (string | number)[] {
  switch (deed.type) {
    case "settle":
      return [deed.first, deed.orders, ...deed.sales.flatMap(fieldsOfSale)];
    case "restock":
      return [deed.product, deed.quantity];
    case "fence":
      return [deed.storeId, deed.term, deed.session];
    case "edit":
      return [deed.checkpoint, deed.based, ...deed.edits.flatMap(fieldsOfEdit)];
    case "checkpoint":
      return [deed.checkpoint];
    default:
      return unreachable(deed);
  }
}

function fieldsOfSale({ product, quantity, adjusted }: Sale): (string | number)[] {
  return [product, quantity, adjusted];
}

function fieldsOfEdit(edit: Edit): (string | number)[] {
  return [edit.product, edit.priceCents, edit.quantity, edit.shown, edit.isNew ? "new" : "old"];
}

/** The inverse of formatChange. Undefined: no line that this program writes. */
export function parseChange(fields: readonly string[]): Change | undefined {
  const [position, type = "", ...rest] = fields;
  const deed = parseDeed(type, rest);
  const number = integer(position);
  if (deed === undefined || Number.isNaN(number)) return undefined;
  return { position: number as Position, ...deed };
}

function parseDeed(type: string, fields: readonly string[]): Deed | undefined {
  const [a = "", b = "", c = ""] = fields;
  switch (type) {
    case "settle":
      return whole({ type, first: integer(a), orders: integer(b), sales: parseSales(fields.slice(2)) });
    case "restock":
      return whole({ type, product: a, quantity: integer(b) });
    case "fence":
      return whole({ type, storeId: a, term: integer(b), session: integer(c) });
    case "edit":
      return whole({ type, checkpoint: integer(a), based: integer(b), edits: parseEdits(fields.slice(2)) });
    case "checkpoint":
      return whole({ type, checkpoint: integer(a) });
    default:
      return undefined;
  }
}

function parseSales(fields: readonly string[]): Sale[] {
  return groupsOf(3, fields).map(([product = "", quantity, adjusted]) => {
    return { product, quantity: integer(quantity), adjusted: integer(adjusted) };
  });
}

function parseEdits(fields: readonly string[]): Edit[] {
  return groupsOf(5, fields).map(([product = "", price, quantity, shown, age]) => {
    const numbers = { priceCents: integer(price), quantity: integer(quantity), shown: integer(shown) };
    return { product, ...numbers, isNew: age === "new" };
  });
}

/** If one lacks fields none is whole: its numbers show as not-a-number. */
function groupsOf(size: number, fields: readonly string[]): string[][] {
  const groups: string[][] = [];
  if (fields.length % size > 0) return [[]];
  for (let at = 0; at < fields.length; at += size) groups.push(fields.slice(at, at + size));
  return groups;
}

/** A sealed line has no damaged number; one that is missing shows as not-a-number. */
function whole<T extends Deed>(deed: T): T | undefined {
  return isWhole(deed) ? deed : undefined;
}

function isWhole(value: unknown): boolean {
  if (typeof value === "object" && value !== null) return Object.values(value).every(isWhole);
  return !Number.isNaN(value);
}

/** NaN for anything but a whole number. */
export function integer(text: string | undefined): number {
  if (text === undefined || text === "" || text.length > 17) return Number.NaN;
  const isNegative = text.charCodeAt(0) === 0x2d;
  let value = 0;
  for (let at = isNegative ? 1 : 0; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 0x30;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return isNegative ? (text.length > 1 ? -value : Number.NaN) : value;
}
