import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { InvariantError } from "../../../services/lib/assert.ts";
import { chainChecksum } from "../../../services/lib/checksum.ts";
import type { Entry } from "../../../services/order/core/types.ts";
import {
  checkLine,
  decodeLine,
  encodePayload,
  header,
  lineBytesMax,
  logTop,
  sealLine,
  takeKey,
} from "../../../services/order/storage/codec.ts";
import { keysIn } from "../core/keys.ts";
import { anyEntry, LogMaker, smallLog } from "./entries.ts";

/** A line as it stands in a file, its newline excluded, among other bytes. */
function placed(payload: string, chain = 0): { bytes: Buffer; start: number; end: number } {
  const line = sealLine(payload, chainChecksum(chain, payload));
  return { bytes: Buffer.from(`before\n${line}after`), start: 7, end: 7 + Buffer.byteLength(line) - 1 };
}

function decode(payload: string): Entry | undefined {
  const { bytes, start, end } = placed(payload);
  return decodeLine(bytes, start, end);
}

describe("a line of the log", () => {
  test("comes back as the entry that it was made of, whatever the name and key", () => {
    fc.assert(
      fc.property(anyEntry, fc.nat(2 ** 32 - 1), (entry, chain) => {
        const payload = encodePayload(entry);
        const { bytes, start, end } = placed(payload, chain);
        expect(end + 1 - start).toBeLessThanOrEqual(lineBytesMax);
        expect(bytes.subarray(start, end).includes(10)).toBe(false);
        expect(checkLine(bytes, start, end, chain)).toBe(chainChecksum(chain, payload));
        expect(decodeLine(bytes, start, end)).toEqual(entry);
        const { order } = entry;
        if (order === undefined) return;
        const keys = keysIn({ keys: (take) => takeKey(bytes, start, end, order.number, take) });
        expect(keys).toEqual([[order.key, order.number]]);
      }),
      { numRuns: 2000 },
    );
  });

  test("is quoted only where it must be", () => {
    const [open, first] = smallLog(1);
    expect(open && encodePayload(open)).toBe(",,,1,1,,");
    expect(first && encodePayload(first)).toBe('0,Tux,1,2,1,"c:1-0,",');
    expect(encodePayload(new LogMaker(1, 1, 1).order('"'))).toBe('1,"""",2,2,1,c:1-1,');
    expect(encodePayload(new LogMaker(1, 1, 1).order("a b;c'd"))).toBe("1,a b;c'd,2,2,1,c:1-1,");
  });

  test("has a checksum that depends on every line above", () => {
    let [chain, text] = [logTop.chain, header];
    for (const entry of smallLog(3)) {
      const payload = encodePayload(entry);
      chain = chainChecksum(chain, payload);
      text += payload;
      expect(chain).toBe(chainChecksum(0, text));
    }
  });

  test("does not pass with another checksum, another chain, or digits of the wrong case", () => {
    const { bytes, start, end } = placed("0,Tux,1,2,1,c:1,", 7);
    const whole = checkLine(bytes, start, end, 7);
    expect(whole).toBeGreaterThanOrEqual(0);
    expect(checkLine(bytes, start, end, 8)).toBe(-1);
    expect(checkLine(bytes, start, end - 1, 7)).toBe(-1);
    expect(checkLine(bytes, start, start + 4, 7)).toBe(-1);
    for (let at = start; at < end; at++) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 32;
      expect(checkLine(changed, start, end, 7)).toBe(-1);
    }
  });

  const bad: readonly [string, string][] = [
    ["too few fields", "0,Tux,1,2,1,"],
    ["too many fields", "0,Tux,1,2,1,c:1,,"],
    ["an empty product", "0,,1,2,1,c:1,"],
    ["an empty quoted product", '0,"",1,2,1,c:1,'],
    ["an empty key", "0,Tux,1,2,1,,"],
    ["no quantity", "0,Tux,,2,1,c:1,"],
    ["quantity 0", "0,Tux,0,2,1,c:1,"],
    ["a quantity above 2^31-1", "0,Tux,2147483648,2,1,c:1,"],
    ["a negative number", "-1,Tux,1,2,1,c:1,"],
    ["a fraction", "0,Tux,1.5,2,1,c:1,"],
    ["a leading zero", "00,Tux,1,2,1,c:1,"],
    ["a number beyond 2^53", "9007199254740992,Tux,1,2,1,c:1,"],
    ["position 0", "0,Tux,1,0,1,c:1,"],
    ["term 0", "0,Tux,1,2,0,c:1,"],
    ["no position", ",,,,1,,"],
    ["a product without an order number", ",Tux,,1,1,,"],
    ["a key without an order number", ",,,1,1,c:1,"],
    ["an open quote", '0,"Tux,1,2,1,c:1,'],
    ["text after a quote", '0,"Tux"x,1,2,1,c:1,'],
    ["nothing", ""],
  ];
  for (const [what, payload] of bad) {
    test(`with ${what} is none`, () => {
      expect(decode(payload)).toBeUndefined();
    });
  }

  test("cannot be made of an entry outside the limits", () => {
    const order = new LogMaker(1, 0, 1).order("Tux").order;
    const made = (change: object): (() => string) => {
      return () => encodePayload({ ...new LogMaker(1, 0, 1).order("Tux"), order: order && { ...order, ...change } });
    };
    expect(made({})()).toStartWith("0,Tux,1,2,1,");
    const tooMuch = [
      { product: "" },
      { product: "a\nb" },
      { product: "a\u0000" },
      { product: "a\u007f" },
      { product: "a\ud800b" },
      { product: "a".repeat(257) },
      { key: "" },
      { key: "a\r" },
      { quantity: 0 },
      { quantity: 2 ** 31 },
    ];
    for (const change of tooMuch) expect(made(change)).toThrow(InvariantError);
  });
});
