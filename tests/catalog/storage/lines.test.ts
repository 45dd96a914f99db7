import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Change, Position } from "../../../services/catalog/core/types.ts";
import { formatChange, parseChange } from "../../../services/catalog/storage/change-line.ts";
import { Fields, joinFields } from "../../../services/catalog/storage/fields.ts";
import { LineSealer, readLines } from "../../../services/catalog/storage/lines.ts";

const field = fc.string({ unit: "grapheme", maxLength: 12 }).filter((text) => !/\p{Cc}/u.test(text));

function sealed(...lines: string[]): Buffer {
  const sealer = new LineSealer(7);
  return Buffer.from(lines.map((line) => sealer.seal(line)).join(""));
}

function fieldsOf(line: string): Fields {
  const bytes = Buffer.from(line);
  const fields = new Fields(bytes);
  fields.begin(0, bytes.length);
  return fields;
}

function textsOf(fields: Fields): string[] {
  const texts: string[] = [];
  while (fields.hasMore) texts.push(fields.text());
  return texts;
}

describe("fields", () => {
  test("come back as they went, with commas, quotes and any letter", () => {
    fc.assert(
      fc.property(fc.array(field, { minLength: 1, maxLength: 6 }), (fields) => {
        expect(textsOf(fieldsOf(joinFields(fields)))).toEqual(fields);
      }),
    );
  });

  test("come back in turn, numbers and texts", () => {
    fc.assert(
      fc.property(field, fc.maxSafeInteger(), field, fc.maxSafeInteger(), (text, number, other, last) => {
        const fields = fieldsOf(joinFields([text, number, other, last]));
        expect([fields.text(), fields.integer(), fields.text(), fields.integer()]).toEqual([text, number, other, last]);
        expect(fields.hasMore).toBe(false);
      }),
    );
  });

  test("of the wrong kind are not numbers, and those that are not there are nothing", () => {
    const fields = fieldsOf("1x,-,,4-2,1 ,7");
    for (let nth = 0; nth < 5; nth++) expect(fields.integer()).toBeNaN();
    expect([fields.integer(), fields.hasMore]).toEqual([7, false]);
    expect([fields.text(), fields.integer()]).toEqual(["", Number.NaN]);
  });

  test("are numbers as far as numbers are exact", () => {
    const fields = fieldsOf("9007199254740991,-9007199254740991,9007199254740992,123456789012345678901");
    expect([fields.integer(), fields.integer()]).toEqual([9007199254740991, -9007199254740991]);
    expect([fields.integer(), fields.integer()]).toEqual([Number.NaN, Number.NaN]);
  });

  test.each([
    ["1,a", true],
    ["1", false],
    ["x,a", false],
    ["1,a,b", false],
    ["1,", true],
  ])("%p: a number and a text, and nothing else: %p", (line, isSo) => {
    const fields = fieldsOf(line);
    fields.integer();
    fields.text();
    expect(fields.wereAllRead).toBe(isSo);
  });

  test("are those of one line among others", () => {
    const bytes = Buffer.from('a,1\nb,"2"\n');
    const fields = new Fields(bytes);
    fields.begin(4, 9);
    expect(textsOf(fields)).toEqual(["b", "2"]);
    fields.begin(0, 3);
    expect(textsOf(fields)).toEqual(["a", "1"]);
  });
});

describe("lines", () => {
  test("whole lines are read to the end", () => {
    const taken: string[][] = [];
    const end = readLines(sealed("1,a", "2,b"), 7, (fields) => taken.push(textsOf(fields)) > 0);
    expect(end).toMatchObject({ kind: "end", line: 3 });
    expect(taken).toEqual([
      ["1", "a"],
      ["2", "b"],
    ]);
  });

  test("a last line cut short anywhere is torn, at the offset where it begins", () => {
    const bytes = sealed("1,a", "2,b");
    const second = sealed("1,a").length;
    for (let length = second + 1; length < bytes.length; length++) {
      expect(readLines(bytes.subarray(0, length), 7, () => true)).toMatchObject({ kind: "torn", offset: second });
    }
  });

  test("a flipped bit in a line that has an end is damage, wherever it is", () => {
    const bytes = sealed("1,a", "2,b", "3,c");
    const second = sealed("1,a").length;
    for (let at = second; at < second + 13; at++) {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ 0x04;
      expect(readLines(damaged, 7, () => true)).toMatchObject({ kind: "damaged", offset: second, line: 2 });
    }
  });

  test("a line that is missing breaks the chain", () => {
    const [first = "", , third = ""] = sealed("1,a", "2,b", "3,c")
      .toString()
      .split(/(?<=\n)/);
    expect(readLines(Buffer.from(first + third), 7, () => true)).toMatchObject({ kind: "damaged", line: 2 });
  });
});

describe("changes", () => {
  const position = 12 as Position;
  const sales = [
    { product: 'Noah\'s "Ark", large', quantity: 3, adjusted: 0 },
    { product: "Tux", quantity: 9, adjusted: 2 },
  ];
  const changes: Change[] = [
    { position, type: "settle", first: 9, orders: 5, sales },
    { position, type: "settle", first: 9, orders: 1, sales: [] },
    { position, type: "restock", product: "Tux", quantity: 100 },
    { position, type: "fence", storeId: "s", term: 4, session: 2 },
    { position, type: "checkpoint", checkpoint: 3 },
    {
      position,
      type: "edit",
      checkpoint: 3,
      based: 2,
      edits: [
        { product: "Tux", priceCents: 1_599, quantity: -4, shown: 96, isNew: false },
        { product: "Ж, new", priceCents: 5, quantity: 7, shown: 7, isNew: true },
      ],
    },
  ];

  test.each(changes)("a change comes back as it went: %p", (change) => {
    expect(parseChange(fieldsOf(formatChange(change)))).toEqual(change);
  });

  test("what this program does not write is no change", () => {
    for (const line of [
      "",
      "12",
      "12,sell,Tux",
      "x,checkpoint,3",
      "12,restock,Tux",
      "12,return,c:1",
      "12,settle,a,1,Tux,1,0",
      "12,settle,0",
      "12,settle,0,1,Tux,1",
      "12,restock,Tux,1,1",
      "12,edit,3",
    ]) {
      expect(parseChange(fieldsOf(line))).toBeUndefined();
    }
  });
});
