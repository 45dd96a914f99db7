import { describe, expect, test } from "bun:test";
import { lineCharactersMax, makePrefixes, readLines } from "../../services/runner/lines.ts";

async function linesOf(...pieces: readonly Uint8Array[]): Promise<string[]> {
  const lines: string[] = [];
  const stream = (async function* () {
    yield* pieces;
  })();
  await readLines(stream, (line) => lines.push(line));
  return lines;
}

describe("the output of a process", () => {
  test("is the same lines wherever it is cut, inside a character too", async () => {
    const bytes = Buffer.from("Käse\n\nBär\nlast");
    for (let cut = 0; cut <= bytes.length; cut++) {
      expect(await linesOf(bytes.subarray(0, cut), bytes.subarray(cut))).toEqual(["Käse", "", "Bär", "last"]);
    }
  });

  test("does not grow without bound when a line never ends", async () => {
    const lines = await linesOf(Buffer.from("x".repeat(lineCharactersMax * 2 + 5)));
    expect(lines.map((line) => line.length)).toEqual([lineCharactersMax, lineCharactersMax, 5]);
  });

  test("gets aligned prefixes, in colours if wanted", () => {
    expect([...makePrefixes(["catalog", "order 1"], false).values()]).toEqual(["catalog |", "order 1 |"]);
    expect([...makePrefixes(["a", "bc"], false).values()]).toEqual(["a  |", "bc |"]);
    expect(makePrefixes(["a"], true).get("a")).toBe("\x1b[36ma |\x1b[0m");
  });
});
