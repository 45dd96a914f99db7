import { expect, test } from "bun:test";
import { chainChecksum } from "../../../services/lib/checksum.ts";
import type { Entry, OrderNumber } from "../../../services/order/core/types.ts";
import { encodePayload, type LogPoint, logTop, sealLine } from "../../../services/order/storage/codec.ts";
import { findOrder } from "../../../services/order/storage/find-order.ts";
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

test("each order of a block is found, also in the first line", () => {
  for (const { order } of entries) {
    if (order !== undefined) expect(findOrder(block.bytes, logTop, order.number)).toEqual(order);
  }
  const later = entries.slice(5);
  const from: LogPoint = { ...logTop, chain: 12345 };
  expect(findOrder(linesOf(later, from).bytes, from, orderOf(later[0]))).toEqual(later[0]?.order as never);
});

test("a number that is not there is not found, though others begin or end like it", () => {
  for (const number of [39, 112, 400]) {
    expect(findOrder(block.bytes, logTop, number as OrderNumber)).toBeUndefined();
  }
});

test("harm to any byte of its line is noticed", () => {
  const nth = 14;
  const start = block.starts[nth] ?? 0;
  const end = block.starts[nth + 1] ?? 0;
  for (let at = start; at < end; at++) {
    const bytes = Buffer.from(block.bytes);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    expect(findOrder(bytes, logTop, orderOf(entries[nth]))).toBeUndefined();
  }
});

test("harm to other lines than its own and the checksum above does not matter", () => {
  const nth = 14;
  const above = (block.starts[nth] ?? 0) - 9;
  const end = block.starts[nth + 1] ?? 0;
  for (let at = 0; at < block.bytes.length; at++) {
    if (at >= above && at < end) continue;
    const bytes = Buffer.from(block.bytes);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    expect(findOrder(bytes, logTop, orderOf(entries[nth]))).toEqual(entries[nth]?.order as never);
  }
});

test("a line that breaks off is not taken", () => {
  for (const [nth, { order }] of entries.entries()) {
    const start = block.starts[nth] ?? 0;
    if (order === undefined) continue;
    const end = block.starts[nth + 1] ?? block.bytes.length;
    for (const cut of [start, start + 3, end - 1]) {
      expect(findOrder(block.bytes.subarray(0, cut), logTop, order.number)).toBeUndefined();
    }
  }
});
