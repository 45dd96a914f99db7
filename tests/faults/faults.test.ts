import { expect, test } from "bun:test";
import { join } from "node:path";
import { complaintsOf, groupsOf, needsIsolation, runSuite } from "./run/suite.ts";
import { isolationComplaint, spawnIsolated } from "./store/isolation.ts";

const timeoutMs = 180_000;
const command = join(import.meta.dir, "../../bin/faults.ts");
const brief = groupsOf({ only: [], brief: true }).map(({ name }) => name);
const complaint = isolationComplaint();
if (complaint !== undefined) {
  process.stdout.write(`NOT RUN: faults of ${brief.filter(needsIsolation).join(" and ")}, because ${complaint}\n`);
}

/** The bounded part of `bun run faults`; every row says in the table what it may cost clients. */
test.each(brief.filter((name) => !needsIsolation(name)))(
  "a store that is hurt by faults of %s costs clients what the table allows, and keeps its promises",
  async (name) => {
    const [outcome] = await runSuite({ seed: 1, brief: true, only: [name], repeat: 1 });
    expect(outcome?.episode).toBeDefined();
    if (outcome?.episode === undefined) return;
    expect(complaintsOf(outcome.episode)).toEqual([]);
    expect(outcome.episode.faults.length).toBeGreaterThan(0);
  },
  timeoutMs,
);

test.skipIf(complaint !== undefined)(
  "network links that go down, full and unwritable disks cost clients what the table allows",
  async () => {
    const only = brief.filter(needsIsolation).flatMap((name) => ["--only", name]);
    const run = spawnIsolated(command, ["--brief", "--no-report", ...only]);
    expect(await run.exited).toBe(0);
  },
  timeoutMs,
);
