import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { initialCatalog } from "../../../services/catalog/initial.ts";
import { formatCatalog, parseCatalog } from "../../../services/catalog/storage/csv.ts";

const header = "product_name,price,quantity\n";
const parse = (text: string | Uint8Array) => parseCatalog("data/catalog.csv", Buffer.from(text));

describe("a good catalog", () => {
  test("rows with RFC 4180 quoting, CRLF and a byte order mark are read", () => {
    expect(parse(`\uFEFF${header}Tux,15.99,100\r\n"Ark, ""large""",7,0\r\nЖук,0.5,2147483647\r\n`)).toEqual([
      { name: "Tux", priceCents: 1_599, quantity: 100 },
      { name: 'Ark, "large"', priceCents: 700, quantity: 0 },
      { name: "Жук", priceCents: 50, quantity: 2_147_483_647 },
    ]);
  });

  test("spaces around a number are accepted, as the catalog itself writes them", () => {
    expect(parse(`${header}Tux, 15.99 ,7  \nLego,1,  100\n`)).toEqual([
      { name: "Tux", priceCents: 1_599, quantity: 7 },
      { name: "Lego", priceCents: 100, quantity: 100 },
    ]);
  });

  test("quoted fields may be anywhere, with CRLF after them", () => {
    expect(parse(`"product_name",price,"quantity"\r\n"Tux","15.99","7"\r\n\r\nLego,"1",2`)).toEqual([
      { name: "Tux", priceCents: 1_599, quantity: 7 },
      { name: "Lego", priceCents: 100, quantity: 2 },
    ]);
  });

  test("a catalog without a product is one", () => {
    expect(parse(header)).toEqual([]);
  });

  test("what is written is read again", () => {
    const name = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }).filter((text) => !/\p{Cc}/u.test(text));
    const row = fc.record({
      name,
      priceCents: fc.integer({ min: 0, max: 99_999_999_999 }),
      quantity: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
    });
    fc.assert(
      fc.property(fc.uniqueArray(row, { selector: (each) => each.name, maxLength: 8 }), (rows) => {
        expect(parse(formatCatalog(rows))).toEqual(rows);
      }),
    );
  });

  test("the first catalog has 162 toys, each with its own name", () => {
    const rows = parse(formatCatalog(initialCatalog()));
    expect(rows.length).toBe(162);
    expect(rows).toContainEqual({ name: "Tux", priceCents: 1_599, quantity: 100 });
    const known = ["Tux", "Whale", "Elephant", "Python", "Lego", "Barbie", "Slinky", "Frisbee", "Monopoly", "Marbles"];
    for (const name of known) expect(rows.some((row) => row.name === name)).toBe(true);
    expect(initialCatalog(7).every(({ quantity }) => quantity === 7)).toBe(true);
  });
});

describe("a bad catalog is refused with file, line and column", () => {
  const cases: [string, string | Uint8Array, string][] = [
    ["no header", "Tux,15.99,100\n", "line 1, column 1"],
    ["nothing at all", "", "line 1, column 1"],
    ["a price of words", `${header}Tux,15.99,1\nLego,cheap,1\n`, "line 3, column 2 (price)"],
    ["a price with three decimals", `${header}Tux,15.999,1\n`, "line 2, column 2 (price)"],
    ["a negative price", `${header}Tux,-1,1\n`, "line 2, column 2 (price)"],
    ["a negative quantity", `${header}Tux,1,-1\n`, "line 2, column 3 (quantity)"],
    ["a quantity that is too large", `${header}Tux,1,2147483648\n`, "line 2, column 3 (quantity)"],
    ["a quantity with a fraction", `${header}Tux,1,1.5\n`, "line 2, column 3 (quantity)"],
    ["an empty name", `${header},1,1\n`, "line 2, column 1 (product_name)"],
    ["a name that is too long", `${header}${"x".repeat(129)},1,1\n`, "line 2, column 1 (product_name)"],
    ["a control character in a name", `${header}Tu\tx,1,1\n`, "line 2, column 1 (product_name)"],
    ["a line break in a name", `${header}"Tu\nx",1,1\n`, "line 3, column 1 (product_name)"],
    ["a name that is there twice", `${header}Tux,1,1\nLego,1,1\nTux,2,2\n`, "line 4, column 1 (product_name)"],
    ["a field too many", `${header}Tux,1,1,1\n`, "line 2, column 4"],
    ["a field too few", `${header}Tux,1\n`, "line 2, column 3 (quantity)"],
    ["a quote in the middle of a field", `${header}Tux,1,1\nLe"go,1,1\n`, "line 3, column 1 (product_name)"],
    ["something after a quote", `${header}Tux,1,1\n"Le"go,1,1\n`, "line 3, column 1 (product_name)"],
    ["a quote without an end", `${header}Tux,1,1\n"Lego,1,1\n`, "line "],
    [
      "bytes that are not UTF-8",
      Buffer.concat([Buffer.from(`${header}Tux,1,1\n`), Buffer.from([0xff, 0x0a])]),
      "line 3",
    ],
  ];

  test.each(cases)("%s", (_, content, where) => {
    expect(() => parse(content)).toThrow(`data/catalog.csv, ${where}`);
  });

  test("a name of 128 characters is not too long, however many bytes they have", () => {
    expect(parse(`${header}${"🧸".repeat(128)},1,1\n`).length).toBe(1);
  });
});
