import { describe, expect, test } from "bun:test";
import { chainChecksum } from "../../../services/lib/checksum.ts";
import { encodePayload, logTop, sealLine } from "../../../services/order/storage/codec.ts";
import { isTorn } from "../../../services/order/storage/torn-end.ts";
import { smallLog } from "./entries.ts";

/** The lines of a log without its header. */
const lines: Buffer[] = [];
let { chain } = logTop;
for (const entry of smallLog(60)) {
  const payload = encodePayload(entry);
  chain = chainChecksum(chain, payload);
  lines.push(Buffer.from(sealLine(payload, chain)));
}
const body = Buffer.concat(lines);
const top = logTop.offset;

function torn(change: (bytes: Buffer) => Buffer): boolean {
  return isTorn(change(Buffer.from(body)), top, logTop.chain);
}

describe("what stands at the end of a log was torn", () => {
  test("if it is the beginning of a line", () => {
    expect(torn((bytes) => bytes.subarray(0, 5))).toBe(true);
    expect(isTorn(Buffer.alloc(0), top, logTop.chain)).toBe(true);
  });

  test("if nothing in it is a line", () => {
    expect(torn(() => Buffer.alloc(2000))).toBe(true);
    expect(torn(() => Buffer.from("\n\n\n0,1\nx".repeat(50)))).toBe(true);
  });

  test("if whole lines stand after sectors that never reached the disk", () => {
    const sector = 512 * 2 - top;
    expect(torn((bytes) => bytes.fill(0, 0, sector))).toBe(true);
    expect(torn((bytes) => bytes.fill(0, 0, sector + 512))).toBe(true);
  });

  test("also where they begin in the midst of the first line", () => {
    const offset = 512 - 3;
    expect(isTorn(Buffer.from(body).fill(0, 3, 3 + 512), offset, logTop.chain)).toBe(true);
  });
});

describe("what stands at the end of a log is damaged", () => {
  test("if whole lines stand after a changed one", () => {
    const first = lines[0]?.length ?? 0;
    for (let at = 0; at < first; at++) {
      const changed = (bytes: Buffer): Buffer => {
        bytes[at] = (bytes[at] ?? 0) ^ 2;
        return bytes;
      };
      expect(torn(changed)).toBe(false);
    }
  });

  test("if zeros stand where no sector begins or ends", () => {
    expect(torn((bytes) => bytes.fill(0, 0, 4))).toBe(false);
    expect(torn((bytes) => bytes.fill(0, 2, 512 - top))).toBe(false);
    expect(isTorn(Buffer.from(body).fill(0, 3, 20), 512 - 3, logTop.chain)).toBe(false);
  });
});
