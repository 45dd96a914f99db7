import { expect, test } from "bun:test";
import fc from "fast-check";
import { EnvelopeReader, EnvelopeTooLargeError, encodeEnvelope } from "../../services/lib/envelopes.ts";

type Envelope = [flags: number, text: string];

function readerInto(envelopes: Envelope[], bytesMax = 1_000): EnvelopeReader {
  return new EnvelopeReader(bytesMax, (flags, message) => envelopes.push([flags, message.toString()]));
}

test("whatever pieces envelopes come in, they are read as they were written", () => {
  const written = fc.array(fc.tuple(fc.integer({ min: 0, max: 255 }), fc.string({ maxLength: 40 })), { maxLength: 8 });
  fc.assert(
    fc.property(written, fc.array(fc.nat(100)), (envelopes, cuts) => {
      const bytes = Buffer.concat(envelopes.map(([flags, text]) => encodeEnvelope(flags, Buffer.from(text))));
      const read: Envelope[] = [];
      const reader = readerInto(read);
      let at = 0;
      for (const length of cuts) {
        reader.push(bytes.subarray(at, at + length));
        at = Math.min(bytes.length, at + length);
      }
      reader.push(bytes.subarray(at));
      expect(read).toEqual(envelopes);
      expect(reader.isEmpty).toBe(true);
    }),
  );
});

test("a part of an envelope is no message, and is seen to be left over", () => {
  const read: Envelope[] = [];
  const reader = readerInto(read);
  reader.push(encodeEnvelope(0, Buffer.from("hello")).subarray(0, 7));
  expect(read).toEqual([]);
  expect(reader.isEmpty).toBe(false);
});

test("a message that is too large is refused when its length is announced", () => {
  const reader = readerInto([], 10);
  const head = encodeEnvelope(0, Buffer.alloc(11)).subarray(0, 5);
  expect(() => reader.push(head)).toThrow(EnvelopeTooLargeError);
});

test("what was refused is not kept, whatever follows", () => {
  const reader = readerInto([], 10);
  expect(() => reader.push(encodeEnvelope(0, Buffer.alloc(11)))).toThrow(EnvelopeTooLargeError);
  expect(reader.isEmpty).toBe(true);
});
