import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Ending, runCommand } from "../../bin/checking/command.ts";
import { checkBreaking, chooseBase } from "../../bin/checking/proto.ts";
import { complaint } from "../../bin/checking/step.ts";
import { groupTests, judgeTests } from "../../bin/checking/tests.ts";

const limitMs = 60_000;
let folder = "";

beforeAll(() => {
  // In a git hook these name the repository being committed to, which the tests must not touch.
  for (const name of ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"]) delete process.env[name];
  folder = mkdtempSync(join(tmpdir(), "toystore-check-test-"));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe("a command", () => {
  const run = (script: string, limit = limitMs): Promise<Ending> =>
    runCommand(["/bin/sh", "-c", script], { cwd: folder, limitMs: limit });

  test("that succeeds has no complaint against it", async () => {
    const ending = await run("echo out; echo err >&2; echo again");
    expect(ending.output).toBe("out\nerr\nagain\n");
    expect(complaint(ending)).toBeUndefined();
  });

  test("that fails is told by its status", async () => {
    expect(complaint(await run("exit 3"))).toBe("ended with status 3");
  });

  test("that a signal ends has failed", async () => {
    expect(complaint(await run("kill -9 $$"))).toBe("was ended by a signal");
  });

  test("that goes on for too long is ended with all that it started", async () => {
    const ending = await run("sleep 1000 & echo $!; wait", 200);
    expect(complaint(ending)).toContain("longer than its limit");
    expect(isAlive(Number(ending.output))).toBe(false);
  });

  test("that leaves a process behind has failed, and the process is ended", async () => {
    const ending = await run("sleep 1000 & echo $!");
    expect(complaint(ending)).toContain("sleep 1000");
    expect(isAlive(Number(ending.output))).toBe(false);
  });

  test("gets no standard input", async () => {
    expect((await run("cat")).output).toBe("");
  });
});

/** False too for a dead process that nobody has reaped. */
function isAlive(pid: number): boolean {
  const state = Bun.spawnSync(["ps", "-o", "stat=", "-p", String(pid)])
    .stdout.toString()
    .trim();
  return state !== "" && !state.startsWith("Z");
}

describe("a report of tests", () => {
  const ended = (status: number | undefined): Ending => ({ status, timedOut: false, leftBehind: [], output: "" });
  const report = (totals: string, ...files: string[]): string =>
    `<testsuites name="bun test" ${totals}>${files.map((file) => `<testcase name="x" file="${file}" line="1" />`).join("")}</testsuites>`;

  test("is counted", () => {
    const text = report('tests="5" failures="1" skipped="2"', "a.test.ts");
    expect(judgeTests(["a.test.ts"], ended(1), text)).toMatchObject({ passed: 2, failed: 1, skipped: 2 });
  });

  test("that is missing is a failure", () => {
    expect(judgeTests(["a.test.ts"], ended(0), undefined)).toMatchObject({ passed: 0, failed: 1 });
  });

  test("that is silent about a file counts the file as failed", () => {
    const text = report('tests="1" failures="0" skipped="0"', "a.test.ts");
    const outcome = judgeTests(["a.test.ts", "b.test.ts"], ended(0), text);
    expect(outcome).toMatchObject({ passed: 1, failed: 1 });
    expect(outcome.details).toContain("b.test.ts");
  });

  test("without a failure does not hide a crash", () => {
    const text = report('tests="1" failures="0" skipped="0"', "a.test.ts");
    for (const status of [1, 139, undefined]) {
      expect(judgeTests(["a.test.ts"], ended(status), text)).toMatchObject({ passed: 1, failed: 1 });
    }
  });

  test("with a failure does not hide a crash either", () => {
    const text = report('tests="1" failures="1" skipped="0"', "a.test.ts");
    expect(judgeTests(["a.test.ts"], ended(1), text)).toMatchObject({ passed: 0, failed: 1 });
    expect(judgeTests(["a.test.ts"], ended(undefined), text)).toMatchObject({ passed: 0, failed: 2 });
  });

  test("is made by bun test as it is read", async () => {
    const passing = 'import { expect, test } from "bun:test";\ntest("x", () => expect(1).toBe(1));\n';
    writeFileSync(
      join(folder, "a.test.ts"),
      `${passing}test("y", () => expect(1).toBe(2));\ntest.skip("z", () => {});\n`,
    );
    writeFileSync(join(folder, "empty.test.ts"), "");
    writeFileSync(join(folder, "broken.test.ts"), 'import "./nowhere.ts";\n');
    const files = ["a.test.ts", "broken.test.ts", "empty.test.ts"];
    const path = join(folder, "report.xml");
    const argv = [
      process.execPath,
      "test",
      "--reporter=junit",
      `--reporter-outfile=${path}`,
      ...files.map((f) => `./${f}`),
    ];
    const ending = await runCommand(argv, { cwd: folder, limitMs });
    const outcome = judgeTests(files, ending, await Bun.file(path).text());
    expect(outcome).toMatchObject({ passed: 1, failed: 3, skipped: 1 });
    expect(outcome.details).toContain("broken.test.ts: no test of it was run");
    expect(outcome.details).toContain("empty.test.ts: no test of it was run");
  });
});

test("groups of tests: each folder once, what starts processes last, no file left out", () => {
  const paths = ["tests/sim/b.test.ts", "tests/e2e/a.test.ts", "tests/order/core/x.test.ts", "tests/lib/a.test.ts"];
  const groups = groupTests([...paths, "tests/top.test.ts", "services/order/y.test.ts", "tests/contract/a.test.ts"]);
  expect(groups.map(([name]) => name)).toEqual([
    "tests elsewhere",
    "tests/lib",
    "tests/order",
    "tests/contract",
    "tests/sim",
    "tests/e2e",
  ]);
  expect(groups[0]?.[1]).toEqual(["services/order/y.test.ts", "tests/top.test.ts"]);
});

describe("protos are compared", () => {
  let clones = 0;

  function git(repository: string, ...words: string[]): string {
    const identity = ["-c", "user.name=x", "-c", "user.email=x@localhost", "-c", "commit.gpgsign=false"];
    const result = Bun.spawnSync(["git", ...identity, ...words], { cwd: repository, env: { ...process.env } });
    if (result.exitCode !== 0) throw new Error(`git ${words.join(" ")}: ${result.stderr.toString()}`);
    return result.stdout.toString().trim();
  }

  function commitProto(repository: string, field: string): string {
    const path = join(repository, "proto/shop/v1");
    mkdirSync(path, { recursive: true });
    writeFileSync(
      join(path, "shop.proto"),
      `syntax = "proto3";\npackage shop.v1;\nmessage Toy {\n  string name = 1;\n  ${field}\n}\n`,
    );
    git(repository, "add", ".");
    git(repository, "commit", "-q", "-m", field);
    return git(repository, "rev-parse", "HEAD");
  }

  function makeRepository(branch = "main"): string {
    const repository = join(folder, `repository ${++clones}`);
    mkdirSync(repository);
    git(repository, "init", "-q", "-b", branch);
    writeFileSync(
      join(repository, "buf.yaml"),
      "version: v2\nmodules:\n  - path: proto\nbreaking:\n  use:\n    - FILE\n",
    );
    return repository;
  }

  function clone(repository: string, ...options: string[]): string {
    const target = join(folder, `clone ${++clones}`);
    git(folder, "clone", "-q", ...options, `file://${repository}`, target);
    return target;
  }

  test("on the main branch with the commit before", async () => {
    const repository = makeRepository();
    const first = commitProto(repository, "int32 price = 2;");
    commitProto(repository, "int32 price = 2; int32 stock = 3;");
    expect(chooseBase(repository)).toMatchObject({ type: "commit", commit: first });
    expect(await checkBreaking(repository, limitMs)).toMatchObject({ passed: 1, failed: 0 });
    commitProto(repository, "int32 price = 2;");
    const outcome = await checkBreaking(repository, limitMs);
    expect(outcome).toMatchObject({ passed: 0, failed: 1 });
    expect(outcome.details).toContain('"3" with name "stock"');
  });

  test("on another branch with the place where it left the main branch", () => {
    const repository = makeRepository();
    const left = commitProto(repository, "int32 price = 2;");
    git(repository, "checkout", "-q", "-b", "work");
    commitProto(repository, "int64 price = 2;");
    commitProto(repository, "string price = 2;");
    expect(chooseBase(repository)).toMatchObject({ type: "commit", commit: left });
    const detached = clone(repository);
    git(detached, "checkout", "-q", "--detach", "origin/work");
    expect(chooseBase(detached)).toMatchObject({ type: "commit", commit: left });
  });

  test("in a clone that knows no main branch with the commit before", () => {
    const repository = makeRepository("trunk");
    const first = commitProto(repository, "int32 price = 2;");
    commitProto(repository, "int64 price = 2;");
    expect(chooseBase(clone(repository))).toMatchObject({ type: "commit", commit: first });
  });

  test("not at all, and says so, where there is nothing to compare with", async () => {
    const repository = makeRepository();
    expect(chooseBase(repository)).toMatchObject({ type: "none" });
    commitProto(repository, "int32 price = 2;");
    expect(chooseBase(repository)).toEqual({ type: "none", why: "the first commit" });
    commitProto(repository, "int64 price = 2;");
    const shallow = clone(repository, "--depth=1");
    expect(chooseBase(shallow).why).toContain("shallow");
    expect(await checkBreaking(shallow, limitMs)).toMatchObject({ passed: 1, failed: 0 });
    expect((await checkBreaking(shallow, limitMs)).note).toStartWith("NOT COMPARED");
  });

  test("outside a repository not at all", () => {
    const plain = join(folder, "no repository");
    mkdirSync(plain);
    expect(existsSync(join(plain, ".git"))).toBe(false);
    expect(chooseBase(plain).type).toBe("none");
  });
});
