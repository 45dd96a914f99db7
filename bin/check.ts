/**
 * Everything that must hold before a change is taken: `bun run check`, here and in the continuous
 * integration. A line for each step, details of what failed, and the total on the last line. Each
 * step counts as one, and each test as one.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { provideBrowser } from "./checking/browser.ts";
import { killRunning, runCommand } from "./checking/command.ts";
import { checkBreaking, checkGenerated } from "./checking/proto.ts";
import { fail, type Outcome, outcomeOf, type Step } from "./checking/step.ts";
import { testSteps } from "./checking/tests.ts";

new Command("check")
  .description("Runs everything that must hold before a change is taken: types, style, protos, every test.")
  .parse();

const root = join(import.meta.dirname, "..");

const limits = { stepMs: 10 * 60_000, totalMs: 18 * 60_000 };

/** A script of package.json. */
function script(name: string): Step {
  const argv = [process.execPath, "run", name];
  return { name, run: async (limitMs) => outcomeOf(await runCommand(argv, { cwd: root, limitMs })) };
}

const steps: readonly Step[] = [
  script("types"),
  script("lint"),
  script("format:check"),
  { name: "protos compatible", run: (limitMs) => checkBreaking(root, limitMs) },
  { name: "gen/ up to date", run: (limitMs) => checkGenerated(root, limitMs) },
  script("unused"),
  { name: "browser", run: () => provideBrowser(root) },
  ...testSteps(root),
];

async function runStep(step: Step, deadline: number): Promise<Outcome> {
  const limitMs = Math.min(limits.stepMs, deadline - performance.now());
  if (limitMs <= 0) return fail("not run: the time for all steps is over");
  try {
    return await step.run(limitMs);
  } catch (error) {
    return fail(`the check itself failed: ${Bun.inspect(error)}`);
  }
}

async function runSteps(): Promise<Outcome> {
  const start = performance.now();
  let total = { passed: 0, failed: 0, skipped: 0, note: "", details: "" };
  for (const step of steps) {
    const began = performance.now();
    const outcome = await runStep(step, start + limits.totalMs);
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    const mark = outcome.failed > 0 ? "FAIL" : "ok";
    console.log(`${mark.padEnd(5)} ${step.name.padEnd(20)} ${seconds.padStart(6)} s  ${outcome.note}`.trimEnd());
    if (outcome.failed > 0) console.log(`${outcome.details.replace(/^/gm, "      ")}\n`);
    total = {
      ...total,
      passed: total.passed + outcome.passed,
      failed: total.failed + outcome.failed,
      skipped: total.skipped + outcome.skipped,
    };
  }
  return total;
}

/** All that is written to temporary folders, by whatever is run here, goes when the check ends. */
const temporary = mkdtempSync(join(tmpdir(), "toystore-check-"));
process.env["TMPDIR"] = temporary;

function stop(status: number): void {
  killRunning();
  rmSync(temporary, { recursive: true, force: true, maxRetries: 5 });
  process.exit(status);
}

process.on("SIGINT", () => stop(130));
process.on("SIGTERM", () => stop(143));

const { passed, failed, skipped } = await runSteps();
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
stop(failed === 0 && passed > 0 ? 0 : 1);
