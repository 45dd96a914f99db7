import { expect, test } from "bun:test";
import { DiskTrust } from "../../services/lib/disk-trust.ts";

const quickMs = 10;
const trustAfter = 32;

/** A disk whose calls take as long as the test says, made where its trust says. */
class Disk {
  takesMs = 1;
  private nowMs = 0;
  private readonly trust = new DiskTrust(quickMs, () => this.nowMs);

  /** Where each of the next calls is made. */
  next(count: number): string[] {
    return Array.from({ length: count }, () => {
      if (this.trust.isEarned) return this.trust.call(() => this.spend("in place"));
      const ended = this.trust.begin();
      this.spend("thread");
      ended();
      return "thread";
    });
  }

  fail(error: Error): void {
    this.trust.call(() => {
      this.spend("in place");
      throw error;
    });
  }

  private spend(where: string): string {
    this.nowMs += this.takesMs;
    return where;
  }
}

function times(count: number, where: string): string[] {
  return Array.from({ length: count }, () => where);
}

test("a disk that has proved to be quick is called in place", () => {
  const disk = new Disk();
  expect(disk.next(trustAfter + 3)).toEqual([...times(trustAfter, "thread"), ...times(3, "in place")]);
});

test("a slow disk is left to a thread, and so is one that is slow at every third call", () => {
  const disk = new Disk();
  disk.takesMs = quickMs;
  expect(disk.next(200)).toEqual(times(200, "thread"));
  for (let round = 0; round < 100; round++) {
    disk.takesMs = 1;
    expect(disk.next(2)).toEqual(times(2, "thread"));
    disk.takesMs = 1.5 * quickMs;
    expect(disk.next(1)).toEqual(["thread"]);
  }
});

test("a disk that stumbles once in a while stays trusted", () => {
  const disk = new Disk();
  disk.next(trustAfter);
  for (let round = 0; round < 100; round++) {
    expect(disk.next(20)).toEqual(times(20, "in place"));
    disk.takesMs = 2 * quickMs;
    expect(disk.next(1)).toEqual(["in place"]);
    disk.takesMs = 1;
  }
});

test("a disk that has become slow is left to a thread after a few calls", () => {
  const disk = new Disk();
  disk.next(trustAfter);
  disk.takesMs = 4 * quickMs;
  expect(disk.next(6)).toEqual([...times(4, "in place"), ...times(2, "thread")]);
});

test("one that hangs is waited for once, and has to prove twice as much each time", () => {
  const disk = new Disk();
  for (let trust = trustAfter; trust <= 1024; trust *= 2) {
    expect(disk.next(trust)).toEqual(times(trust, "thread"));
    expect(disk.next(10)).toEqual(times(10, "in place"));
    disk.takesMs = 100_000;
    expect(disk.next(1)).toEqual(["in place"]);
    disk.takesMs = 1;
  }
});

test("an error in place is the caller's, and counts by its time", () => {
  const disk = new Disk();
  disk.next(trustAfter);
  expect(() => disk.fail(new Error("EIO"))).toThrow("EIO");
  expect(disk.next(1)).toEqual(["in place"]);
  disk.takesMs = 100_000;
  expect(() => disk.fail(new Error("EIO"))).toThrow("EIO");
  expect(disk.next(1)).toEqual(["thread"]);
});
