import { expect, test } from "bun:test";
import { crashes, expectSoundStart, hasEnded, type Life, liveAndCrash, liveOn, path, total } from "./crashed-life.ts";
import type { MemoryFiles } from "./memory-files.ts";
import { Shop } from "./shop.ts";

interface Left {
  readonly files: MemoryFiles;
  readonly life: Life;
}

/** What a process leaves that is killed at operation `count`. It has written more than it has synced. */
async function killedAt(count: number): Promise<Left> {
  const { files, life } = await liveAndCrash(count, "kill");
  return { files, life };
}

/** The same disk and life, to be gone on with apart from them. */
function copyOf({ files, life }: Left): Left {
  return { files: files.afterCrash("kill"), life: { images: new Map(life.images), told: life.told } };
}

test("what a killed process wrote and did not sync can be lost until the next start has read it", async () => {
  let losses = 0;
  for (let count = 0; count <= total; count++) {
    const { files } = await killedAt(count);
    const written = await Shop.open(files.afterCrash("kill"), path);
    const synced = await Shop.open(files.afterCrash("power"), path);
    if (synced.ledger.position < written.ledger.position) losses += 1;
  }
  expect(losses).toBeGreaterThan(5);
});

test.each(crashes)(
  "a start after a kill at any file operation, and a crash (%s) right after it, lose nothing",
  async (crash) => {
    for (let count = 0; count <= total; count++) {
      const left = await killedAt(count);
      // From here on it may tell what it knows.
      const { position } = (await Shop.open(left.files, path)).ledger;
      left.life.told = position;
      const files = left.files.afterCrash(crash);
      const shop = await Shop.open(files.afterCrash("kill"), path);
      expect(shop.ledger.position).toBe(position);
      await expectSoundStart(files, left.life);
    }
  },
);

test.each(crashes)(
  "a kill at any file operation and a crash (%s) at any of the next life lose nothing that either told",
  async (crash) => {
    for (let count = 0; count <= total; count++) {
      const left = await killedAt(count);
      for (let ended = false, second = 0; !ended; second++) {
        const { files, life } = copyOf(left);
        files.stopAfter(second);
        ended = await hasEnded(liveOn(files, life));
        await expectSoundStart(files.afterCrash(crash), life);
      }
    }
  },
);
