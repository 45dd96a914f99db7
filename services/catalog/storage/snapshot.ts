import { checksumHex } from "../../lib/checksum.ts";
import { firstVersion } from "../core/product.ts";
import type { Image, Portrait, Position, Product, Shown } from "../core/types.ts";
import { type Fields, joinFields } from "./fields.ts";
import { LineSealer, readLines } from "./lines.ts";

const format = "toystore-catalog-snapshot-3";
const olderFormat = /^toystore-catalog-snapshot-[12],/;
const linesPerPart = 500;

/** A snapshot and the checksum of the write-ahead log where it was taken. */
export interface Snapshot {
  readonly image: Image;
  readonly chain: number;
}

/** The whole state, one thing a line, sealed, in parts; the last line tells that nothing is missing. */
export function* formatSnapshot(portrait: Portrait, chain: number): Generator<Uint8Array> {
  const sealer = new LineSealer(0);
  let text = "";
  let lines = 0;
  for (const line of linesOf(portrait, chain)) {
    text += sealer.seal(line);
    lines += 1;
    if (lines % linesPerPart > 0) continue;
    yield Buffer.from(text);
    text = "";
  }
  yield Buffer.from(text);
}

function* linesOf(portrait: Portrait, chain: number): Generator<string> {
  const { position, storeId, fence, settledBelow, checkpoint, before } = portrait;
  yield joinFields([format, position, checksumHex(chain)]);
  yield joinFields(["store", storeId ?? "", fence.term, fence.session, settledBelow]);
  yield joinFields(["checkpoint", checkpoint]);
  let products = 0;
  for (const product of portrait.products) {
    products += 1;
    yield formatProduct(product);
  }
  for (const { product, quantity } of before) yield joinFields(["before", product, quantity]);
  yield joinFields(["end", products, before.length]);
}

function formatProduct(product: Product): string {
  const { name, priceCents, initial, restocked, adjusted, sold, shown } = product;
  return `product,${joinFields([name])},${priceCents},${initial},${restocked},${adjusted},${sold},${shown}`;
}

interface Draft {
  position: Position;
  chain: number;
  storeId: string | undefined;
  fence: { term: number; session: number };
  settledBelow: number;
  checkpoint: number;
  products: Product[];
  before: Shown[];
  complete: boolean;
}

/** The offset of the first byte that is not what formatSnapshot writes, or the snapshot. */
export function parseSnapshot(bytes: Uint8Array): Snapshot | { readonly damagedAt: number } {
  const draft: Draft = {
    position: 0 as Position,
    chain: 0,
    storeId: undefined,
    fence: { term: 0, session: 0 },
    settledBelow: 0,
    checkpoint: 0,
    products: [],
    before: [],
    complete: false,
  };
  const end = readLines(bytes, 0, (fields) => {
    parseLine(draft, fields);
    return fields.wereAllRead;
  });
  const { chain, complete, ...image } = draft;
  if (end.kind !== "end" || !complete) return { damagedAt: end.offset };
  return { image, chain };
}

/** It begins as those of earlier versions did. */
export function isOlderSnapshot(bytes: Uint8Array): boolean {
  return olderFormat.test(Buffer.from(bytes.subarray(0, 32)).toString("latin1"));
}

function parseLine(draft: Draft, fields: Fields): void {
  const type = fields.text();
  switch (type) {
    case format:
      draft.position = fields.integer() as Position;
      draft.chain = Number.parseInt(fields.text(), 16);
      return;
    case "store":
      draft.storeId = fields.text() || undefined;
      draft.fence = { term: fields.integer(), session: fields.integer() };
      draft.settledBelow = fields.integer();
      return;
    case "checkpoint":
      draft.checkpoint = fields.integer();
      return;
    case "product":
      draft.products.push(parseProduct(fields));
      return;
    case "before":
      draft.before.push({ product: fields.text(), quantity: fields.integer() });
      return;
    default:
      draft.complete = type === "end" && hasAll(draft, fields);
  }
}

function hasAll({ products, before }: Draft, counts: Fields): boolean {
  return counts.integer() === products.length && counts.integer() === before.length;
}

/** What is not sold is on hand: nothing is set aside at a start. */
function parseProduct(fields: Fields): Product {
  const name = fields.text();
  const priceCents = fields.integer();
  const initial = fields.integer();
  const restocked = fields.integer();
  const adjusted = fields.integer();
  const sold = fields.integer();
  const shown = fields.integer();
  const onHand = initial + restocked + adjusted - sold;
  return { name, priceCents, version: firstVersion, initial, restocked, adjusted, onHand, reserved: 0, sold, shown };
}
