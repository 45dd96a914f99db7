import { checksumHex } from "../../lib/checksum.ts";
import type { Image, Portrait, Product, Reservation, Shown, Version } from "../core/types.ts";
import { integer } from "./change-line.ts";
import { joinFields, LineSealer, readLines } from "./lines.ts";

const format = "toystore-catalog-snapshot-2";
const olderFormat = "toystore-catalog-snapshot-1,";
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
  const { version, storeId, fence, settledBelow, checkpoint, before, reservations } = portrait;
  yield joinFields([format, version, checksumHex(chain)]);
  yield joinFields(["store", storeId ?? "", fence.term, fence.session, settledBelow]);
  yield joinFields(["checkpoint", checkpoint]);
  let products = 0;
  for (const product of portrait.products) {
    products += 1;
    yield formatProduct(product);
  }
  for (const { product, quantity } of before) yield joinFields(["before", product, quantity]);
  for (const { key, product, quantity, version: made } of reservations) {
    yield joinFields(["reservation", key, product, quantity, made]);
  }
  yield joinFields(["end", products, before.length, reservations.length]);
}

function formatProduct(product: Product): string {
  const { name, priceCents, version, initial, restocked, adjusted, onHand, reserved, sold, shown } = product;
  const totals = `${initial},${restocked},${adjusted},${onHand},${reserved},${sold},${shown}`;
  return `product,${joinFields([name])},${priceCents},${version},${totals}`;
}

interface Draft {
  version: Version;
  chain: number;
  storeId: string | undefined;
  fence: { term: number; session: number };
  settledBelow: number;
  checkpoint: number;
  products: Product[];
  before: Shown[];
  reservations: Reservation[];
  complete: boolean;
}

/** The offset of the first byte that is not what formatSnapshot writes, or the snapshot. */
export function parseSnapshot(bytes: Uint8Array): Snapshot | { readonly damagedAt: number } {
  const draft: Draft = {
    version: 0 as Version,
    chain: 0,
    storeId: undefined,
    fence: { term: 0, session: 0 },
    settledBelow: 0,
    checkpoint: 0,
    products: [],
    before: [],
    reservations: [],
    complete: false,
  };
  const end = readLines(bytes, 0, (fields) => {
    parseLine(draft, fields);
    return true;
  });
  const { chain, complete, ...image } = draft;
  if (end.kind !== "end" || !complete) return { damagedAt: end.offset };
  return { image, chain };
}

/** It begins as those of earlier versions did. */
export function isOlderSnapshot(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(0, olderFormat.length)).toString() === olderFormat;
}

function parseLine(draft: Draft, fields: readonly string[]): void {
  const [type, a = "", b = "", c = "", d = ""] = fields;
  switch (type) {
    case format:
      draft.version = integer(a) as Version;
      draft.chain = Number.parseInt(b, 16);
      return;
    case "store":
      draft.storeId = a === "" ? undefined : a;
      draft.fence = { term: integer(b), session: integer(c) };
      draft.settledBelow = integer(d);
      return;
    case "checkpoint":
      draft.checkpoint = integer(a);
      return;
    case "product":
      draft.products.push(parseProduct(fields));
      return;
    case "before":
      draft.before.push({ product: a, quantity: integer(b) });
      return;
    case "reservation":
      draft.reservations.push({ key: a, product: b, quantity: integer(c), version: integer(d) as Version });
      return;
    default:
      draft.complete = type === "end" && hasAll(draft, [a, b, c]);
  }
}

function hasAll({ products, before, reservations }: Draft, counts: readonly string[]): boolean {
  return [products, before, reservations].every(({ length }, at) => integer(counts[at]) === length);
}

function parseProduct(fields: readonly string[]): Product {
  return {
    name: fields[1] ?? "",
    priceCents: integer(fields[2]),
    version: integer(fields[3]) as Version,
    initial: integer(fields[4]),
    restocked: integer(fields[5]),
    adjusted: integer(fields[6]),
    onHand: integer(fields[7]),
    reserved: integer(fields[8]),
    sold: integer(fields[9]),
    shown: integer(fields[10]),
  };
}
