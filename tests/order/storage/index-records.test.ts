import { expect, test } from "bun:test";
import fc from "fast-check";
import type { LogIndex, Term } from "../../../services/order/core/types.ts";
import { type IndexRecord, IndexRecords, recordBytes } from "../../../services/order/storage/index-records.ts";
import { recordsIn } from "./index-entries.ts";

const count = fc.maxSafeNat();
const record: fc.Arbitrary<IndexRecord> = fc
  .record({ index: count, lastTerm: count, orders: count, offset: count, chain: fc.nat(2 ** 32 - 1), term: count })
  .map(({ index, lastTerm, orders, offset, chain, term }) => {
    const last = { index: index as LogIndex, term: lastTerm as Term };
    return { before: { last, orders, offset, chain }, term: term as Term };
  });

function listOf(records: readonly IndexRecord[]): IndexRecords {
  const list = IndexRecords.none();
  for (const one of records) list.push(one);
  return list;
}

function fileOf(list: IndexRecords): Buffer {
  return Buffer.from(list.encoded(0, list.length));
}

test("records are what was put in, in memory and in the file, whatever was cut before", () => {
  const step = fc.oneof(record, fc.nat(200));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300, size: "max" }), (steps) => {
      const list = IndexRecords.none();
      const model: IndexRecord[] = [];
      for (const one of steps) {
        if (typeof one === "number") {
          list.cutTo(one);
          model.length = Math.min(model.length, one);
        } else {
          list.push(one);
          model.push(one);
        }
      }
      expect(recordsIn(list)).toEqual(model);
      expect(recordsIn(IndexRecords.read(fileOf(list)))).toEqual(model);
      expect(list.at(-1)).toEqual(model.at(-1));
      expect(list.at(model.length)).toBeUndefined();
      expect(list.at(-model.length - 1)).toBeUndefined();
      for (const [nth, { before, term }] of model.entries()) {
        expect(list.indexBefore(nth)).toBe(before.last.index);
        expect(list.ordersBefore(nth)).toBe(before.orders);
        expect(list.offset(nth)).toBe(before.offset);
        expect(list.opensTerm(nth)).toBe(term !== before.last.term);
      }
    }),
    { numRuns: 50 },
  );
});

test("of a file whose end is torn or wrong, what is whole before it counts, and more can follow", () => {
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 8 }), fc.nat(), record, (records, at, next) => {
      const bytes = fileOf(listOf(records));
      const place = at % bytes.length;
      const torn = IndexRecords.read(Buffer.from(bytes.subarray(0, place)));
      const wrong = Buffer.from(bytes);
      wrong[place] = (wrong[place] as number) ^ 1;
      const whole = records.slice(0, Math.floor(place / recordBytes));
      for (const list of [torn, IndexRecords.read(wrong)]) {
        expect(recordsIn(list)).toEqual(whole);
        list.push(next);
        expect(recordsIn(list)).toEqual([...whole, next]);
      }
    }),
  );
});

test("a copy is a list of its own", () => {
  fc.assert(
    fc.property(fc.array(record, { maxLength: 5 }), record, record, (records, one, other) => {
      const list = listOf(records);
      const copy = list.copy();
      list.push(one);
      copy.push(other);
      expect(recordsIn(list)).toEqual([...records, one]);
      expect(recordsIn(copy)).toEqual([...records, other]);
    }),
  );
});

test("two lists agree up to the first record in which anything differs", () => {
  fc.assert(
    fc.property(
      fc.array(record, { maxLength: 6 }),
      fc.array(record, { maxLength: 3 }),
      fc.array(record),
      (same, a, b) => {
        fc.pre(a[0] === undefined || !Bun.deepEquals(a[0], b[0]));
        expect(listOf([...same, ...a]).agreesTo(listOf([...same, ...b]))).toBe(same.length);
      },
    ),
  );
});
