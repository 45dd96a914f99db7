import { describe, expect, test } from "bun:test";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { ColumnsSchema } from "../../gen/toystore/columns/v1/columns_pb.ts";
import {
  type Columns,
  ColumnsWriter,
  fromColumns,
  ownKeys,
  requireLength,
  rowsOf,
} from "../../services/lib/columns.ts";

const key = fc.string({
  unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
  minLength: 1,
  maxLength: 132,
});

interface Row {
  readonly key: string;
  readonly name: string;
  readonly count: number;
}

const row: fc.Arbitrary<Row> = fc.record({
  key,
  name: fc.oneof(fc.constantFrom("Tux", "Whale", "a,b", "__proto__"), fc.string({ unit: "grapheme" })),
  count: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
});

function toColumns(rows: readonly Row[]): Columns {
  const writer = new ColumnsWriter();
  for (const { key: own, name, count } of rows) writer.add(own, name, count);
  return writer.columns;
}

function rowsIn(columns: Columns | undefined): Row[] {
  return fromColumns(columns, (own, name, count) => ({ key: own, name, count }));
}

describe("columns", () => {
  test("give the rows back that they were made of, over the wire", () => {
    fc.assert(
      fc.property(fc.array(row), (rows) => {
        const columns = fromBinary(ColumnsSchema, toBinary(ColumnsSchema, toColumns(rows)));
        expect(rowsIn(columns)).toEqual(rows);
        expect(rowsOf(columns)).toBe(rows.length);
      }),
    );
  });

  test("hold each name once", () => {
    const rows = ["Tux", "Whale", "Tux", "Tux", "Whale"].map((name, at) => ({ key: `k${at}`, name, count: 1 }));
    expect(toColumns(rows)).toMatchObject({ names: ["Tux", "Whale"], nameIndexes: [0, 1, 0, 0, 1] });
  });

  test("tell the place of each row", () => {
    const rows = ["a", "b"].map((own) => ({ key: own, name: "Tux", count: 1 }));
    expect(fromColumns(toColumns(rows), (own, _name, _count, at) => `${at}${own}`)).toEqual(["0a", "1b"]);
  });

  test("that are absent hold nothing", () => {
    expect(rowsIn(undefined)).toEqual([]);
    expect(rowsOf(undefined)).toBe(0);
  });

  test("hold counts as far as they go", () => {
    const counts = [-5, 2 ** 32, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];
    const columns = toColumns(counts.map((count, at) => ({ key: `k${at}`, name: "Tux", count })));
    expect(columns.counts).toEqual([0, 2 ** 32 - 1, 2 ** 32 - 1, 0]);
  });

  const right = toColumns([
    { key: "a", name: "Tux", count: 1 },
    { key: "b", name: "Whale", count: 2 },
  ]);
  test.each([
    ["a key too many", { keys: "a\nb\nc" }],
    ["a key too few", { keys: "a" }],
    ["no keys", { keys: "" }],
  ])("of which one has %s are refused", (_, wrong) => {
    expect(() => rowsIn({ ...right, ...wrong })).toThrow();
  });

  test("take no key that would be two, or none", () => {
    for (const own of ["", "a\nb"]) expect(() => new ColumnsWriter().add(own, "Tux", 1)).toThrow();
  });

  test("give out keys of their own, which do not keep the others in memory", () => {
    const rows = Array.from({ length: 256 }, (_, at) => ({ key: `${at}-${"k".repeat(100)}`, name: "Tux", count: 1 }));
    const batch = toBinary(ColumnsSchema, toColumns(rows));
    Bun.gc(true);
    const before = process.memoryUsage().heapUsed;
    const kept = Array.from({ length: 1_000 }, () => {
      return fromColumns(fromBinary(ColumnsSchema, batch), (own) => own, ownKeys)[100];
    });
    Bun.gc(true);
    // The keys of all batches would be 26 MB.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(5_000_000);
    expect(kept.at(-1)).toBe(rows[100]?.key);
  });

  test("give out the same keys either way", () => {
    fc.assert(
      fc.property(fc.array(row, { minLength: 1 }), (rows) => {
        const keys = fromColumns(toColumns(rows), (own) => own, ownKeys);
        expect(keys).toEqual(rows.map((one) => one.key));
      }),
    );
  });

  test("give out no keys of their own that are not ASCII", () => {
    expect(() => ownKeys("a\n\u0141")).toThrow("not ASCII");
  });

  test("beside each other have one length", () => {
    expect(() => requireLength([1], 2)).toThrow("columns of 1 and 2 rows");
    expect(() => requireLength([1, 2], 2)).not.toThrow();
  });
});
