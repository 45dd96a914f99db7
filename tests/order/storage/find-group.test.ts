import { expect, test } from "bun:test";
import { chainChecksum } from "../../../services/lib/checksum.ts";
import { type Entry, type Order, type OrderNumber, ordersPerRead } from "../../../services/order/core/types.ts";
import { encodePayload, type LogPoint, logTop, sealLine } from "../../../services/order/storage/codec.ts";
import { findGroup } from "../../../services/order/storage/find-group.ts";
import { LogMaker } from "./entries.ts";

/** The lines of some entries, and where each begins. */
function linesOf(entries: readonly Entry[], from: LogPoint): { bytes: Buffer; starts: number[] } {
  let { chain } = from;
  let text = "";
  const starts: number[] = [];
  for (const entry of entries) {
    const payload = encodePayload(entry);
    chain = chainChecksum(chain, payload);
    starts.push(Buffer.byteLength(text));
    text += sealLine(payload, chain);
  }
  return { bytes: Buffer.from(text), starts };
}

const maker = new LogMaker();
const entries = [maker.open(), ...maker.many(9), maker.open(), ...maker.many(30)];
const block = linesOf(entries, logTop);

function orderOf(entry: Entry | undefined): OrderNumber {
  return entry?.order?.number as OrderNumber;
}

function find(bytes: Buffer, number: number, from = logTop): Order | undefined {
  return findGroup(bytes, from, number as OrderNumber)?.find((order) => order.number === number);
}

function groupOf(number: number): number {
  return Math.floor(number / ordersPerRead);
}

test("each order of a block is found with its group, also in the first line", () => {
  const orders = entries.flatMap(({ order }) => order ?? []);
  for (const { number } of orders) {
    const group = orders.filter((order) => groupOf(order.number) === groupOf(number));
    expect(findGroup(block.bytes, logTop, number)).toEqual(group);
  }
});

test("of a group that began in the block before comes what this block holds", () => {
  const later = entries.slice(5);
  const orders = later.flatMap(({ order }) => order ?? []);
  const from: LogPoint = { ...logTop, chain: 12345, orders: orderOf(later[0]) };
  const { bytes } = linesOf(later, from);
  for (const { number } of orders) {
    const group = orders.filter((order) => groupOf(order.number) === groupOf(number));
    expect(findGroup(bytes, from, number)).toEqual(group);
  }
});

test("a number that is not there is not found, though others begin or end like it", () => {
  for (const number of [39, 112, 400]) {
    expect(findGroup(block.bytes, logTop, number as OrderNumber)).toBeUndefined();
  }
});

/** Order 11, the last of its group, which begins before the second entry that opens a term. */
const nth = 13;
const number = orderOf(entries[nth]);

test("harm to any byte of its line is noticed", () => {
  const start = block.starts[nth] ?? 0;
  const end = block.starts[nth + 1] ?? 0;
  for (let at = start; at < end; at++) {
    const bytes = Buffer.from(block.bytes);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    expect(find(bytes, number)).toBeUndefined();
  }
});

test("harm to other lines than those of its group, and the ones above and behind it, does not matter", () => {
  const isOfGroup = ({ order }: Entry): boolean => order !== undefined && groupOf(order.number) === groupOf(number);
  // Eight digits and a newline: what the group's first line follows from.
  const above = (block.starts[entries.findIndex(isOfGroup)] ?? 0) - 9;
  const end = block.starts[entries.findLastIndex(isOfGroup) + 2] ?? 0;
  for (let at = 0; at < block.bytes.length; at++) {
    const bytes = Buffer.from(block.bytes);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    expect(find(bytes, number)).toEqual(at >= above && at < end ? undefined : (entries[nth]?.order as Order));
  }
});

test("a whole line of another log in the place of one of its group is noticed by the line behind it", () => {
  const last = entries.findLastIndex(({ order }) => order !== undefined && groupOf(order.number) === groupOf(number));
  for (const at of [nth - 1, last]) {
    const { order, ...rest } = entries[at] as Entry;
    const changed: Entry = { ...rest, order: { ...(order as Order), quantity: 7 } };
    const other = linesOf(entries.with(at, changed), logTop);
    const cut = block.starts[at + 1] ?? 0;
    expect(other.starts[at + 1]).toBe(cut);
    const bytes = Buffer.concat([other.bytes.subarray(0, cut), block.bytes.subarray(cut)]);
    expect(findGroup(bytes, logTop, number)).toBeUndefined();
  }
});

test("a line that breaks off is not taken", () => {
  for (const [at, { order }] of entries.entries()) {
    const start = block.starts[at] ?? 0;
    if (order === undefined) continue;
    const end = block.starts[at + 1] ?? block.bytes.length;
    for (const cut of [start, start + 3, end - 1]) {
      expect(find(block.bytes.subarray(0, cut), order.number)).toBeUndefined();
    }
  }
});
