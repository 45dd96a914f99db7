import { expect, test } from "bun:test";
import fc from "fast-check";
import { chainChecksum, chainChecksumOf, checksumHex } from "../../services/lib/checksum.ts";

test("the checksum of the standard's example is the standard's", () => {
  expect(checksumHex(chainChecksum(0, "123456789"))).toBe("cbf43926");
  expect(checksumHex(chainChecksum(0, ""))).toBe("00000000");
});

test("a chain over parts is the checksum of the whole, as UTF-8", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" }), (a, b) => {
      expect(chainChecksum(chainChecksum(0, a), b)).toBe(chainChecksum(0, Buffer.from(a + b)));
    }),
  );
});

test("a range has the checksum of its bytes", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 60 }),
      fc.nat(60),
      fc.nat(60),
      fc.nat(2 ** 32 - 1),
      (bytes, a, b, previous) => {
        const [start, end] = [Math.min(a, b, bytes.length), Math.min(Math.max(a, b), bytes.length)];
        const expected = chainChecksum(previous, bytes.subarray(start, end));
        expect(chainChecksumOf(previous, bytes, start, end)).toBe(expected);
      },
    ),
    { numRuns: 1000 },
  );
});
