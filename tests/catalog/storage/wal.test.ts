import { beforeEach, describe, expect, test } from "bun:test";
import type { Change, Position } from "../../../services/catalog/core/types.ts";
import { Names } from "../../../services/catalog/storage/names.ts";
import { foundWal, Wal } from "../../../services/catalog/storage/wal.ts";
import type { FileCalls } from "../../../services/lib/synced-file.ts";
import { MemoryFiles } from "./memory-files.ts";

const names = new Names("/store/catalog.csv");

/** Files whose syncs end when the test says so. */
class SlowFiles extends MemoryFiles {
  syncs: ((error: Error | null) => void)[] = [];
  override readonly appending: FileCalls = {
    open: () => 1,
    write: () => undefined,
    sync: (_fd, done) => {
      this.syncs.push(done);
    },
    close: () => undefined,
  };

  finishSync(error: Error | null = null): void {
    this.syncs.shift()?.(error);
  }
}

let files: SlowFiles;
let durable: number[];
let errors: Error[];
let wal: Wal;

beforeEach(async () => {
  files = new SlowFiles();
  durable = [];
  errors = [];
  const { path, chain } = await foundWal(files, names);
  wal = new Wal(files, names, path, chain, {
    durable: (position) => {
      durable.push(position);
    },
    failed: (error) => {
      errors.push(error);
    },
  });
});

const change = (position: number): Change => ({
  position: position as Position,
  type: "restock",
  product: "Tux",
  quantity: 1,
});

/** Appends them as one group, and asks for a sync. */
function log(...positions: number[]): void {
  wal.append(positions.map(change));
  wal.sync();
}

/** Lets everything that waits for nothing but its turn happen. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("group commit", () => {
  test("what is appended while a sync runs goes with the next one, and is told when that ends", () => {
    log(2);
    log(3);
    log(4, 5);
    expect(files.syncs.length).toBe(1);
    files.finishSync();
    expect(durable).toEqual([2]);
    files.finishSync();
    expect(durable).toEqual([2, 5]);
  });

  test("after a sync that failed nothing is told any more, and the owner hears of it once", async () => {
    log(2);
    files.finishSync(new Error("EIO"));
    log(3);
    await settle();
    expect(durable).toEqual([]);
    expect(errors.map(({ message }) => message)).toEqual(["EIO"]);
    expect(wal.hasFailed).toBe(true);
  });

  test("what nobody asks to be synced goes with what somebody does", () => {
    wal.append([change(2)]);
    wal.append([change(3)]);
    expect(files.syncs.length).toBe(0);
    log(4);
    wal.append([change(5)]);
    files.finishSync();
    expect(durable).toEqual([4]);
    expect(files.syncs.length).toBe(0);
    wal.sync();
    files.finishSync();
    expect(durable).toEqual([4, 5]);
  });
});

describe("a new segment", () => {
  test("begins when the one before is synced, so that only the last can be torn", async () => {
    wal.append([change(2)]);
    const beginning = wal.beginSegment(3);
    log(3);
    await settle();
    expect(files.paths()).toEqual([names.of("wal", 2)]);
    files.finishSync();
    await beginning;
    expect(files.paths()).toEqual([names.of("wal", 2), names.of("wal", 3)]);
    files.finishSync();
    expect(durable).toEqual([2, 3]);
  });

  test("takes what was appended meanwhile, and syncs it only when somebody asks", async () => {
    log(2);
    const beginning = wal.beginSegment(3);
    wal.append([change(3)]);
    files.finishSync();
    await beginning;
    expect(files.syncs.length).toBe(0);
    log(4);
    files.finishSync();
    expect(durable).toEqual([2, 4]);
  });

  test("is not begun after a sync that failed", async () => {
    log(2);
    const beginning = wal.beginSegment(3);
    files.finishSync(new Error("ENOSPC"));
    await beginning;
    expect(files.paths()).toEqual([names.of("wal", 2)]);
    expect(durable).toEqual([]);
  });
});
