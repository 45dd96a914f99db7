import { checksumHex } from "../../lib/checksum.ts";
import type { Checkpoint, Image, Product, Reservation, Version } from "../core/types.ts";
import { integer } from "./change-line.ts";
import { joinFields, LineSealer, readLines } from "./lines.ts";

const format = "toystore-catalog-snapshot-1";

/** A snapshot and the checksum of the write-ahead log where it was taken. */
export interface Snapshot {
  readonly image: Image;
  readonly chain: number;
}

/** The whole state, one thing a line, sealed; the last line tells that nothing is missing. */
export function formatSnapshot({ image, chain }: Snapshot): Uint8Array {
  const sealer = new LineSealer(0);
  const lines = [
    joinFields([format, image.version, checksumHex(chain)]),
    joinFields(["store", image.storeId ?? "", image.fence.term, image.fence.session, image.settledBelow]),
    joinFields(["checkpoint", image.checkpoint.number, image.checkpoint.hash]),
    ...(image.previousCheckpoint === undefined
      ? []
      : [joinFields(["previous", image.previousCheckpoint.number, image.previousCheckpoint.hash])]),
    ...image.products.map(formatProduct),
    ...image.reservations.map((held) =>
      joinFields(["reservation", held.key, held.product, held.quantity, held.version]),
    ),
    joinFields(["end", image.products.length, image.reservations.length]),
  ];
  return Buffer.from(lines.map((line) => sealer.seal(line)).join(""));
}

function formatProduct(product: Product): string {
  const { name, priceCents, version, initial, restocked, adjusted, onHand, reserved, sold } = product;
  return joinFields(["product", name, priceCents, version, initial, restocked, adjusted, onHand, reserved, sold]);
}

interface Draft {
  version: Version;
  chain: number;
  storeId: string | undefined;
  fence: { term: number; session: number };
  settledBelow: number;
  checkpoint: Checkpoint | undefined;
  previousCheckpoint: Checkpoint | undefined;
  products: Product[];
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
    checkpoint: undefined,
    previousCheckpoint: undefined,
    products: [],
    reservations: [],
    complete: false,
  };
  const end = readLines(bytes, 0, (fields) => {
    parseLine(draft, fields);
    return true;
  });
  const { chain, complete, checkpoint, ...rest } = draft;
  if (end.kind !== "end" || !complete || checkpoint === undefined) return { damagedAt: end.offset };
  return { image: { ...rest, checkpoint }, chain };
}

function parseLine(draft: Draft, [type, ...fields]: readonly string[]): void {
  const [a = "", b = "", c = "", d = ""] = fields;
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
      draft.checkpoint = { number: integer(a), hash: b };
      return;
    case "previous":
      draft.previousCheckpoint = { number: integer(a), hash: b };
      return;
    case "product":
      draft.products.push(parseProduct(fields));
      return;
    case "reservation":
      draft.reservations.push({ key: a, product: b, quantity: integer(c), version: integer(d) as Version });
      return;
    default:
      draft.complete =
        type === "end" && integer(a) === draft.products.length && integer(b) === draft.reservations.length;
  }
}

function parseProduct([name = "", ...numbers]: readonly string[]): Product {
  const [priceCents = 0, version = 0, initial = 0, restocked = 0, adjusted = 0, onHand = 0, reserved = 0, sold = 0] =
    numbers.map(integer);
  return { name, priceCents, version: version as Version, initial, restocked, adjusted, onHand, reserved, sold };
}
