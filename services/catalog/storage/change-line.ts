import { unreachable } from "../../lib/assert.ts";
import type { Change, Deed, Edit, Version } from "../core/types.ts";
import { joinFields } from "./lines.ts";

/** A change as the fields of a line: version, type, and what the type needs. */
export function formatChange(change: Change): string {
  return joinFields([change.version, change.type, ...fieldsOf(change)]);
}

function fieldsOf(deed: Deed): (string | number)[] {
  switch (deed.type) {
    case "reserve":
      return [deed.key, deed.product, deed.quantity];
    case "settle":
      return [deed.number, deed.key, deed.product, deed.quantity];
    case "return":
      return [deed.key];
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

function fieldsOfEdit(edit: Edit): (string | number)[] {
  return [edit.product, edit.priceCents, edit.quantity, edit.shown, edit.isNew ? "new" : "old"];
}

/** The inverse of formatChange. Undefined: no line that this program writes. */
export function parseChange(fields: readonly string[]): Change | undefined {
  const [version, type = "", ...rest] = fields;
  const deed = parseDeed(type, rest);
  const number = integer(version);
  if (deed === undefined || Number.isNaN(number)) return undefined;
  return { version: number as Version, ...deed };
}

function parseDeed(type: string, fields: readonly string[]): Deed | undefined {
  const [a = "", b = "", c = "", d = ""] = fields;
  switch (type) {
    case "reserve":
      return whole({ type, key: a, product: b, quantity: integer(c) });
    case "settle":
      return whole({ type, number: integer(a), key: b, product: c, quantity: integer(d) });
    case "return":
      return { type, key: a };
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

function parseEdits(fields: readonly string[]): Edit[] {
  const edits: Edit[] = [];
  for (let at = 0; at + 4 < fields.length; at += 5) {
    const [product = "", price, quantity, shown, age] = fields.slice(at, at + 5);
    const numbers = { priceCents: integer(price), quantity: integer(quantity), shown: integer(shown) };
    edits.push({ product, ...numbers, isNew: age === "new" });
  }
  return edits;
}

/** A sealed line has no damaged number; one that is missing shows as not-a-number. */
function whole<T extends Deed>(deed: T): T | undefined {
  return Object.values(deed).some((value) => Number.isNaN(value)) ? undefined : deed;
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
