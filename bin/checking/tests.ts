import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Ending, runCommand } from "./command.ts";
import { complaint, fail, type Outcome, type Step, shorten } from "./step.ts";

/** Tests that start processes or play whole stories: they come last, these in this order. */
const lastGroups = ["contract", "scenarios", "sim", "e2e", "faults"];

/** Every name that `bun test` would take for a test. */
const testFiles = new Bun.Glob("**/*{.test,.spec,_test,_spec}.{ts,tsx,mts,cts,js,jsx,mjs,cjs}");

const perTestLimitMs = 30_000;

/** One step for each folder in tests/, the quick ones first; no test file is left out. */
export function testSteps(root: string): Step[] {
  const groups = groupTests(
    [...testFiles.scanSync({ cwd: root, onlyFiles: true })].filter((path) => !path.startsWith("node_modules/")),
  );
  if (groups.length === 0) return [{ name: "tests", run: () => Promise.resolve(fail("there is no test")) }];
  return groups.map(([name, files]) => ({ name, run: (limitMs) => runTests(root, files, limitMs) }));
}

/** Groups paths by folder, each group and the groups in the order to be run. */
export function groupTests(paths: readonly string[]): [name: string, files: string[]][] {
  const groups = new Map<string, string[]>();
  for (const path of paths.toSorted((a, b) => a.localeCompare(b))) {
    const name = groupOf(path);
    groups.set(name, [...(groups.get(name) ?? []), path]);
  }
  const rank = (name: string): number => lastGroups.indexOf(name.replace("tests/", ""));
  return [...groups].sort(([a], [b]) => rank(a) - rank(b) || a.localeCompare(b));
}

function groupOf(path: string): string {
  const [top, folder, more] = path.split("/");
  return top === "tests" && folder !== undefined && more !== undefined ? `tests/${folder}` : "tests elsewhere";
}

async function runTests(root: string, files: readonly string[], limitMs: number): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), "toystore-check-"));
  const path = join(folder, "report.xml");
  try {
    const options = [
      `--timeout=${perTestLimitMs}`,
      "--only-failures",
      "--reporter=junit",
      `--reporter-outfile=${path}`,
    ];
    const argv = [process.execPath, "test", ...options, ...files.map((file) => `./${file}`)];
    // With CI set a forgotten test.only is an error, and no snapshot is written.
    const ending = await runCommand(argv, { cwd: root, limitMs, env: { CI: "true" } });
    return judgeTests(files, ending, existsSync(path) ? readFileSync(path, "utf8") : undefined);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Counts what a run of `bun test` reported, and adds a failure for each thing that the report is
 * silent about: a file that could not be loaded or holds no test, a crash, a process left behind.
 */
export function judgeTests(files: readonly string[], ending: Ending, report: string | undefined): Outcome {
  const counts = readReport(report ?? "");
  const silent = files.filter((file) => !counts.files.has(file)).map((file) => `${file}: no test of it was run`);
  const problems = [...silent];
  const reason = complaint(ending);
  // A failed test alone makes the status 1; anything else wants a line of its own.
  if (reason !== undefined && !(ending.status === 1 && counts.failed + silent.length > 0)) {
    problems.push(`bun test ${reason}`);
  }
  const failed = counts.failed + problems.length;
  const passed = counts.tests - counts.failed - counts.skipped;
  const details = [shorten(ending.output), ...problems].join("\n");
  return { passed, failed, skipped: counts.skipped, note: describe(passed, failed, counts.skipped), details };
}

function describe(passed: number, failed: number, skipped: number): string {
  const words = [`${passed} passed`];
  if (failed > 0) words.push(`${failed} failed`);
  if (skipped > 0) words.push(`${skipped} skipped`);
  return words.join(", ");
}

interface ReportCounts {
  readonly tests: number;
  readonly failed: number;
  readonly skipped: number;
  /** Files that ran at least one test. */
  readonly files: ReadonlySet<string>;
}

/** Reads the totals of a JUnit report; an empty or broken one has counted nothing. */
function readReport(report: string): ReportCounts {
  const totals = /<testsuites [^>]*>/.exec(report)?.[0] ?? "";
  const number = (name: string): number => Number(new RegExp(` ${name}="(\\d+)"`).exec(totals)?.[1] ?? 0);
  const files = new Set<string>();
  for (const match of report.matchAll(/<testcase [^>]* file="([^"]*)"/g)) files.add(match[1] ?? "");
  return { tests: number("tests"), failed: number("failures"), skipped: number("skipped"), files };
}
