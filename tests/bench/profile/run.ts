import { readdirSync } from "node:fs";
import { join } from "node:path";
import { startStore, type TestStore } from "../../harness/store.ts";
import { cpuUsOf } from "../comparison/processes.ts";
import { chooseGenerator } from "../load/choose.ts";
import { describeCommit } from "../machine.ts";
import { stockOfEach } from "../peers/peer.ts";
import { today } from "../report/kept.ts";
import { works } from "../work.ts";
import { type ProfileSummary, summariseProfile } from "./cpu-profile.ts";

const load = { connections: 64, seconds: 10 };
const warmUp = { connections: 64, seconds: 2 };
/** Microseconds between two samples; Bun's default of 1 ms gives too few. */
const intervalUs = 250;
const functionsShown = 12;

export interface ProfiledProcess extends ProfileSummary {
  readonly process: string;
  /** Cores that it kept busy, all its threads together. */
  readonly cores: number;
}

/** Where the time of each process goes while one hot product is sold. */
export interface ProfileResult {
  readonly date: string;
  readonly commit: string;
  readonly connections: number;
  readonly seconds: number;
  readonly processes: readonly ProfiledProcess[];
}

/** Every process writes its profile as it ends; so a store is started for this. */
export async function profileStore(folder: string, say: (line: string) => void): Promise<ProfileResult> {
  const generator = await chooseGenerator(folder, "wrk", say);
  const profiles = join(folder, "profiles");
  const flags = ["--cpu-prof", `--cpu-prof-interval=${intervalUs}`, `--cpu-prof-dir=${profiles}`];
  const store = await startStore({ quantity: stockOfEach, env: { BUN_OPTIONS: flags.join(" ") } });
  try {
    const hot = works.find(({ name }) => name === "hot") as (typeof works)[number];
    await generator.run(hot, 0, { url: store.url, ...warmUp });
    const before = store.processes.map(({ pid }) => cpuUsOf([pid]));
    const fromMs = Date.now();
    await generator.run(hot, 0, { url: store.url, ...load });
    const toMs = Date.now();
    const facts = store.processes.map(({ name, pid }, i) => ({
      process: name,
      pid,
      cores: Number(((cpuUsOf([pid]) - (before[i] ?? 0)) / ((toMs - fromMs) * 1000)).toFixed(2)),
    }));
    await stop(store);
    const processes = await Promise.all(
      facts.map(async ({ pid, ...fact }) => {
        const summary = summariseProfile(await readProfile(profiles, pid), { fromMs, toMs });
        return { ...fact, ...summary, functions: summary.functions.slice(0, functionsShown) };
      }),
    );
    return { date: today(), commit: describeCommit(), ...load, processes };
  } finally {
    await store.stopAll();
  }
}

/** In the order in which a store stops; nobody writes a profile after kill -9. */
async function stop({ processes }: TestStore): Promise<void> {
  for (const process of processes.toReversed()) await process.kill("SIGTERM");
}

async function readProfile(folder: string, pid: number): Promise<unknown> {
  const name = readdirSync(folder).find((file) => file.includes(`.${pid}.`));
  if (name === undefined) throw new Error(`process ${pid} wrote no profile`);
  return await Bun.file(join(folder, name)).json();
}
