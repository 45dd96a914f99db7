import { expect, test } from "bun:test";
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemDisk } from "../../../services/order/storage/disk.ts";

const stampBytes = 4;
const stamps = 2 ** 20;
const readBytes = 16 * 1024;
const reads = 20_000;
const atOnce = 64;

/** Each four bytes are their own place in the file. */
function stamped(): Buffer {
  const bytes = Buffer.alloc(stamps * stampBytes);
  for (let nth = 0; nth < stamps; nth++) bytes.writeUInt32LE(nth, nth * stampBytes);
  return bytes;
}

function readAt(fd: number, offset: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const buffer = Buffer.alloc(readBytes);
    systemDisk.readLater(fd, buffer, readBytes, offset, (error, bytes) => {
      if (error === null) resolve(buffer.subarray(0, bytes));
      else reject(error);
    });
  });
}

// Bun.file(fd).slice(...).bytes() moves the descriptor's own position: of two reads at
// once one now and then got what stands where the other wanted to read, and the
// replica took its log for damaged.
test("many reads of one file at once each get what stands at their place", async () => {
  const folder = mkdtempSync(join(tmpdir(), "toystore-disk-"));
  const path = join(folder, "stamped");
  const bytes = stamped();
  writeFileSync(path, bytes);
  const fd = openSync(path, "r+");
  let wrong = 0;
  try {
    const reader = async (first: number): Promise<void> => {
      for (let nth = first; nth < reads; nth += atOnce) {
        const offset = (Math.imul(nth, 0x9e3779b1) >>> 0) % (bytes.length - readBytes);
        const found = await readAt(fd, offset);
        if (!found.equals(bytes.subarray(offset, offset + readBytes))) wrong++;
      }
    };
    await Promise.all(Array.from({ length: atOnce }, (_, nth) => reader(nth)));
  } finally {
    closeSync(fd);
    rmSync(folder, { recursive: true });
  }
  expect(wrong).toBe(0);
});
