import { expect, test } from "bun:test";
import { randomInt, seededRandom } from "../../services/lib/random.ts";
import type { TestProcess } from "../harness/process.ts";
import type { TestStore } from "../harness/store.ts";
import { Load } from "./load.ts";
import { openStore, plenty, toys } from "./opening.ts";
import { expectSound } from "./soundness.ts";

const timeoutMs = 120_000;
const blowsCount = 8;

/** One blow of the storm: a process is killed, stopped for a moment or asked to end. */
async function strike(process: TestProcess, kind: number, meanwhile: () => Promise<void>): Promise<void> {
  if (kind === 0) {
    process.pause();
    await meanwhile();
    process.resume();
    return;
  }
  await process.kill(kind === 1 ? "SIGTERM" : "SIGKILL");
  await meanwhile();
  process.start();
}

/** Two blows at once: some need both processes to go on, so neither waits for sales. */
async function rage(store: TestStore, seed: number): Promise<void> {
  const random = seededRandom(seed);
  for (let blow = 0; blow < blowsCount; blow++) {
    const first = randomInt(random, store.processes.length);
    const second = (first + 1 + randomInt(random, store.processes.length - 1)) % store.processes.length;
    const pauseMs = randomInt(random, 600);
    await Promise.all(
      [first, second].map(async (at) => {
        const process = store.processes[at];
        const kind = randomInt(random, 4);
        if (process !== undefined) await strike(process, kind, () => Bun.sleep(pauseMs));
      }),
    );
    await Bun.sleep(randomInt(random, 600));
  }
}

test(
  "P1, P2, P3, P4: a storm of kills and stops of any two processes at a time loses, doubles and falsifies nothing",
  async () => {
    const seed = Math.floor(Math.random() * 2 ** 32);
    await using store = await openStore({ frontEnds: 2 });
    const [here, there] = store.frontEnds.map(({ restPort }) => restPort);
    if (here === undefined || there === undefined) throw new Error("two front-ends were asked for");
    const options = { stock: plenty, before: [] };
    await using across = new Load({ ...options, port: here, readPort: there, toys: toys.slice(0, 3) });
    await using back = new Load({ ...options, port: there, readPort: here, toys: toys.slice(3, 6) });
    await Promise.all([across.progress(50), back.progress(50)]);
    await rage(store, seed);
    await Promise.all([across.progress(50), back.progress(50)]);
    const purchases = [...(await across.stop()), ...(await back.stop())];
    expect({ seed, violations: [...across.violations, ...back.violations] }).toEqual({ seed, violations: [] });
    await expectSound(store, purchases);
  },
  timeoutMs,
);
