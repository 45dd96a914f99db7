import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readToys } from "../../services/client/toys.ts";

const folder = mkdtempSync(join(tmpdir(), "toystore-toys-"));
afterAll(() => rmSync(folder, { recursive: true }));

function catalog(text: string): string {
  const file = join(folder, `${Bun.hash(text)}.csv`);
  writeFileSync(file, text);
  return file;
}

describe("the toys that a client asks for", () => {
  test("are the names in the catalog's file, quoted ones too", () => {
    const file = catalog('product_name,price,quantity\nTux,15.99,100\n"Rope, long ""XL""",2.00,5\n');
    expect(readToys(file)).toEqual({ names: ["Tux", 'Rope, long "XL"'], from: file });
  });

  test.each([
    ["missing", join(folder, "none.csv"), "cannot be read"],
    ["empty", catalog(""), "no product names"],
    ["without products", catalog("product_name,price,quantity\n"), "no product names"],
    ["something else", catalog("Tux,15.99,100\n"), "no product names"],
    ["not CSV", catalog('a"b"c\n"'), "no product names"],
  ])("cannot come from a file that is %s", (_, file, reason) => {
    const toys = readToys(file);
    expect("problem" in toys ? toys.problem : "").toContain(reason);
  });
});
