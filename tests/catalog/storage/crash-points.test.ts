import { expect, test } from "bun:test";
import { crashes, edit, expectSoundStart, liveAndCrash, operationsOf, path, total } from "./crashed-life.ts";
import type { Crash, MemoryFiles } from "./memory-files.ts";
import { problemOf } from "./problem.ts";
import { Shop } from "./shop.ts";

test("the life under test does enough to be worth crashing", () => {
  expect(total).toBeGreaterThan(70);
});

test.each(crashes)(
  "a crash (%s) after any file operation loses nothing that was told, and looks like no edit",
  async (crash) => {
    for (let count = 0; count <= total; count++) {
      const { files, life, ended } = await liveAndCrash(count, crash);
      expect(ended).toBe(count === total);
      await expectSoundStart(files, life);
    }
  },
);

test.each(crashes)("an edit after a crash (%s) at any file operation takes effect exactly once", async (crash) => {
  for (let count = 0; count <= total; count++) {
    const { files } = await liveAndCrash(count, crash);
    const isFounded = files.paths().some((name) => /snapshot-\d+$/.test(name));
    const untouched = await Shop.open(files.afterCrash("kill"), path);
    edit(files);
    const shop = await Shop.open(files, path);
    const before = untouched.totals("Tux");
    expect(shop.totals("Tux")).toMatchObject({ onHand: before.onHand + 20, adjusted: isFounded ? 20 : 0 });
    expect(shop.totals("Lego").priceCents).toBe(3_999);
    await shop.close();
    const again = await Shop.open(files, path);
    expect(again.totals("Tux")).toEqual(shop.totals("Tux"));
    await again.close();
  }
});

/** Every disk that a crash can leave, at any operation of a start that takes an edit; `before`: Tux before the edit. */
async function* crashedEdits(crash: Crash): AsyncGenerator<{ disk: MemoryFiles; before: number }> {
  for (let count = 0; count <= total; count++) {
    const { files } = await liveAndCrash(count, "kill");
    if (!files.paths().some((name) => /snapshot-\d+$/.test(name))) continue;
    // What a loss of power can take of the life before is the matter of crash-twice.test.ts.
    files.writeBack();
    const before = (await Shop.open(files.afterCrash("kill"), path)).totals("Tux").onHand;
    edit(files);
    const operations = await operationsOf((disk) => Shop.open(disk, path), files.afterCrash("kill"));
    for (let second = 0; second < operations; second++) {
      const disk = files.afterCrash("kill");
      disk.stopAfter(second);
      expect(await problemOf(Shop.open(disk, path))).not.toBe("");
      yield { disk: disk.afterCrash(crash), before };
    }
  }
}

test.each(crashes)(
  "a crash (%s) at any file operation of a start that takes an edit changes nothing of that",
  async (crash) => {
    for await (const { disk, before } of crashedEdits(crash)) {
      for (let start = 0; start < 3; start++) {
        const shop = await Shop.open(disk, path);
        expect(shop.totals("Tux")).toMatchObject({ onHand: before + 20, adjusted: 20 });
        expect(shop.totals("Lego").priceCents).toBe(3_999);
        await shop.close();
      }
    }
  },
);

test.each(crashes)("a second edit after such a crash (%s) is added to the first", async (crash) => {
  for await (const { disk, before } of crashedEdits(crash)) {
    edit(disk);
    const shop = await Shop.open(disk, path);
    expect(shop.totals("Tux")).toMatchObject({ onHand: before + 40, adjusted: 40 });
    await shop.close();
  }
});
