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
  const push = fc.record({ push: fc.array(record, { maxLength: 60, size: "max" }) });
  const cut = fc.record({ cut: fc.nat(20) });
  fc.assert(
    fc.property(fc.array(fc.oneof({ weight: 2, arbitrary: push }, cut), { maxLength: 12, size: "max" }), (steps) => {
      const list = IndexRecords.none();
      let model: IndexRecord[] = [];
      for (const step of steps) {
        if ("push" in step) {
          for (const one of step.push) list.push(one);
          model.push(...step.push);
        } else {
          model = model.slice(0, Math.max(0, model.length - step.cut));
          list.cutTo(model.length);
        }
      }
      expect(recordsIn(list)).toEqual(model);
      expect(recordsIn(IndexRecords.read(fileOf(list)))).toEqual(model);
      expect(list.last).toEqual(model.at(-1));
      expect([list.at(-1), list.at(model.length)]).toEqual([undefined, undefined]);
      for (const [nth, { before, term }] of model.entries()) {
        expect(list.indexBefore(nth)).toBe(before.last.index);
        expect(list.ordersBefore(nth)).toBe(before.orders);
        expect(list.offset(nth)).toBe(before.offset);
        expect(list.opensTerm(nth)).toBe(term !== before.last.term);
      }
    }),
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
    fc.property(
      fc.array(record, { minLength: 1, maxLength: 5 }),
      fc.nat(),
      record,
      record,
      (records, at, one, other) => {
        const list = listOf(records);
        const copy = list.copy();
        const kept = at % records.length;
        copy.cutTo(kept);
        copy.push(other);
        expect(recordsIn(list)).toEqual(records);
        list.cutTo(kept);
        list.push(one);
        expect(recordsIn(list)).toEqual([...records.slice(0, kept), one]);
        expect(recordsIn(copy)).toEqual([...records.slice(0, kept), other]);
      },
    ),
  );
});

test("two lists agree up to the first record in which anything differs", () => {
  const changes: ((record: IndexRecord) => IndexRecord)[] = [
    ({ before, term }) => ({ before, term: (term ^ 1) as Term }),
    ({ before, term }) => ({ before: { ...before, orders: before.orders + 1 }, term }),
    ({ before, term }) => ({ before: { ...before, offset: before.offset + 1 }, term }),
    ({ before, term }) => ({ before: { ...before, chain: before.chain ^ 1 }, term }),
    ({ before, term }) => ({
      before: { ...before, last: { ...before.last, index: (before.last.index + 1) as LogIndex } },
      term,
    }),
    ({ before, term }) => ({
      before: { ...before, last: { ...before.last, term: (before.last.term + 1) as Term } },
      term,
    }),
  ];
  const small = record.map(({ before, term }) => ({
    before: {
      ...before,
      orders: before.orders % 1e9,
      offset: before.offset % 1e9,
      chain: before.chain >>> 1,
      last: { index: (before.last.index % 1e9) as LogIndex, term: (before.last.term % 1e9) as Term },
    },
    term: (term % 1e9) as Term,
  }));
  fc.assert(
    fc.property(
      fc.array(small, { minLength: 1, maxLength: 9 }),
      fc.nat(),
      fc.constantFrom(...changes),
      (records, at, change) => {
        const list = listOf(records);
        const place = at % records.length;
        const other = listOf(records.map((one, nth) => (nth === place ? change(one) : one)));
        expect([list.agreesTo(other), other.agreesTo(list)]).toEqual([place, place]);
        expect(list.agreesTo(list.copy())).toBe(records.length);
        // What is behind a cut does not count.
        other.cutTo(place);
        expect([list.agreesTo(other), other.agreesTo(list)]).toEqual([place, place]);
      },
    ),
  );
});
