import { expect, test } from "bun:test";
import { seededRandom } from "../../../services/lib/random.ts";
import type { Entry } from "../../../services/order/core/types.ts";
import { LogMaker } from "./entries.ts";
import { type Crash, MemoryFiles } from "./memory-files.ts";
import { index, type Opened, openOn, readAll } from "./opened.ts";

const entries = ((maker) => [maker.open(), ...maker.many(7)])(new LogMaker());
const kept = entries.slice(0, 4);
const newer = ((maker) => [maker.open(2), maker.order()])(LogMaker.after(kept));

/** A second cut, and what replaces the entries, come while the first cut is on its way to the disk. */
async function tell({ store, told }: Opened): Promise<void> {
  await store.saveIdentity("toys", true);
  const durable = told.untilDurable(entries.length);
  store.append(entries);
  await durable;
  store.truncate(index(6));
  store.truncate(index(4));
  store.append(newer);
  await store.close();
}

/** How many calls the whole story makes of a disk. */
async function countCalls(): Promise<number> {
  const disk = new MemoryFiles();
  await tell(await openOn(disk));
  return disk.calls;
}

test.each<Crash>(["kill", "power"])(
  "a cut is not confused by one behind it, wherever a crash (%s) ends both",
  async (crash) => {
    const calls = await countCalls();
    const logs: (readonly Entry[])[] = [];
    for (let callsMax = 0; callsMax <= calls; callsMax++) {
      const disk = new MemoryFiles(callsMax);
      const dead = new Promise<void>((resolve) => (disk.onDeath = resolve));
      const told = openOn(disk)
        .then(tell)
        .catch((error: unknown) => expect(error).toMatchObject({ code: "EDEAD" }));
      await Promise.race([told, dead]);
      const again = await openOn(disk.afterCrash(crash, seededRandom(callsMax)));
      await again.store.verified;
      expect(again.told.notices.filter(({ level }) => level === "error")).toEqual([]);
      if (again.store.found.recovered !== undefined) logs.push((await readAll(again.store)) as Entry[]);
      await again.store.close();
    }
    expect(logs).toContainEqual(entries);
    expect(logs.at(-1)).toEqual([...kept, ...newer]);
  },
);
