import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { median } from "./samples.ts";

const pairs = 200;
/** As a small order is in a log. */
const line = new Uint8Array(100).fill(0x2e);

/**
 * What two syncs in a row cost on the file system of `folder`, in microseconds: the
 * median of many pairs, each an append and an fdatasync to one file and then to
 * another. No purchase that is durable in two places, one after the other, can
 * be faster.
 */
export function measureTwoSyncsUs(folder: string): number {
  const own = mkdtempSync(join(folder, "syncs-"));
  const files = ["first", "second"].map((name) => openSync(join(own, name), "a"));
  try {
    const samples = Array.from({ length: pairs }, () => {
      const startMs = performance.now();
      for (const file of files) {
        writeSync(file, line);
        fdatasyncSync(file);
      }
      return (performance.now() - startMs) * 1000;
    });
    return median(samples);
  } finally {
    for (const file of files) closeSync(file);
    rmSync(own, { recursive: true });
  }
}
