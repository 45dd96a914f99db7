import { unreachable } from "../../lib/assert.ts";
import type { Change, Deed, Edit, Position, Sale } from "../core/types.ts";
import { type Fields, joinFields } from "./fields.ts";

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
export function parseChange(fields: Fields): Change | undefined {
  const position = fields.integer() as Position;
  const deed = parseDeed(fields.text(), fields);
  return deed !== undefined && fields.wereAllRead ? { position, ...deed } : undefined;
}

function parseDeed(type: string, fields: Fields): Deed | undefined {
  switch (type) {
    case "settle":
      return { type, first: fields.integer(), orders: fields.integer(), sales: each(fields, parseSale) };
    case "restock":
      return { type, product: fields.text(), quantity: fields.integer() };
    case "fence":
      return { type, storeId: fields.text(), term: fields.integer(), session: fields.integer() };
    case "edit":
      return { type, checkpoint: fields.integer(), based: fields.integer(), edits: each(fields, parseEdit) };
    case "checkpoint":
      return { type, checkpoint: fields.integer() };
    default:
      return undefined;
  }
}

function each<T>(fields: Fields, parse: (fields: Fields) => T): T[] {
  const all: T[] = [];
  while (fields.hasMore) all.push(parse(fields));
  return all;
}

function parseSale(fields: Fields): Sale {
  return { product: fields.text(), quantity: fields.integer(), adjusted: fields.integer() };
}

function parseEdit(fields: Fields): Edit {
  const product = fields.text();
  const numbers = { priceCents: fields.integer(), quantity: fields.integer(), shown: fields.integer() };
  return { product, ...numbers, isNew: fields.text() === "new" };
}
