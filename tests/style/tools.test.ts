import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Ending, runCommand } from "../../bin/checking/command.ts";
import { compareFolders } from "../../bin/checking/proto.ts";

// A tool that stops finding things looks like a project without faults. So each is shown a small
// project with this one's configuration, once as it should be and once with a fault.

const root = join(import.meta.dirname, "../..");
const limitMs = 60_000;
const configuration = [
  ".gitignore",
  ".oxlintrc.json",
  "biome.json",
  "buf.yaml",
  "bunfig.toml",
  "knip.json",
  "package.json",
  "tsconfig.core.json",
  "tsconfig.json",
];

const sound: Readonly<Record<string, string>> = {
  "services/shop/core/price.ts": "export const price = (pounds: number): number => pounds * 100;\n",
  "services/shop/main.ts": 'import { price } from "./core/price.ts";\n\nprocess.exitCode = price(1);\n',
  "proto/toystore/shop/v1/shop.proto":
    'syntax = "proto3";\n\npackage toystore.shop.v1;\n\n// What is sold.\nmessage Toy {\n  string name = 1;\n}\n',
  "tests/shop/price.test.ts": 'import { expect, test } from "bun:test";\n\ntest("one", () => expect(1).toBe(1));\n',
  "bin/check.ts": "process.exitCode = 0;\n",
};

let folder = "";
let projects = 0;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "toystore-tools-"));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function makeProject(changes: Readonly<Record<string, string>>): string {
  const project = join(folder, `${++projects} with a space`);
  mkdirSync(project);
  for (const name of configuration) cpSync(join(root, name), join(project, name));
  symlinkSync(join(root, "node_modules"), join(project, "node_modules"));
  for (const [path, text] of Object.entries({ ...sound, ...changes })) {
    mkdirSync(dirname(join(project, path)), { recursive: true });
    writeFileSync(join(project, path), text);
  }
  return project;
}

function run(script: string, changes: Readonly<Record<string, string>>): Promise<Ending> {
  const argv = [process.execPath, "run", script];
  return runCommand(argv, { cwd: makeProject(changes), limitMs });
}

interface Fault {
  readonly script: string;
  readonly fault: string;
  readonly path: string;
  readonly text: string;
  /** In what the tool says about it. */
  readonly says: string;
}

const core = "services/shop/core/price.ts";
const main = "services/shop/main.ts";
const usesCore = 'import { price } from "./core/price.ts";\n\n';

const faults: readonly Fault[] = [
  { script: "types", fault: "a wrong type", path: core, text: "export const price: string = 1;\n", says: "TS2322" },
  {
    script: "types",
    fault: "an unchecked index",
    path: core,
    text: "export const price = (all: number[]): number => all[0];\n",
    says: "TS2322",
  },
  ...[
    "setTimeout(() => {}, 1)",
    "console.log(1)",
    "process.exit()",
    "Bun.gc()",
    "fetch('')",
    "crypto",
    "performance",
  ].map((expression) => ({
    script: "types",
    fault: `${expression} in a core`,
    path: core,
    text: `export const price = (): unknown => ${expression};\n`,
    says: "error TS",
  })),
  {
    script: "types",
    fault: "a file that is read in a core",
    path: core,
    text: 'import { readFileSync } from "node:fs";\n\nexport const price = (): unknown => readFileSync("x");\n',
    says: "error TS",
  },
  {
    script: "lint",
    fault: "a promise that nobody waits for",
    path: main,
    text: `${usesCore}async function sell(): Promise<void> {\n  await Bun.sleep(price(1));\n}\nsell();\n`,
    says: "no-floating-promises",
  },
  {
    script: "lint",
    fault: "a promise as a condition",
    path: main,
    text: `${usesCore}if (Bun.sleep(price(1))) process.exitCode = 1;\n`,
    says: "no-misused-promises",
  },
  {
    script: "lint",
    fault: "a switch that forgets a case",
    path: main,
    text: `${usesCore}function f(a: "x" | "y"): void {\n  switch (a) {\n    case "x":\n      process.exitCode = price(1);\n  }\n}\nf("x");\n`,
    says: "switch-exhaustiveness-check",
  },
  {
    script: "lint",
    fault: "a default in a core that stands for a case",
    path: core,
    text: `export function price(a: "x" | "y"): number {\n  switch (a) {\n    case "x":\n      return 1;\n    default:\n      return 2;\n  }\n}\n`,
    says: "switch-exhaustiveness-check",
  },
  {
    script: "lint",
    fault: "a message without a comment",
    path: "proto/toystore/shop/v1/shop.proto",
    text: 'syntax = "proto3";\n\npackage toystore.shop.v1;\n\nmessage Toy {\n  string name = 1;\n}\n',
    says: "should have a non-empty comment",
  },
  {
    script: "format:check",
    fault: "single quotes",
    path: main,
    text: `${usesCore}process.title = 'x' + price(1);\n`,
    says: "Formatter would have printed",
  },
  {
    script: "format:check",
    fault: "imports out of order",
    path: main,
    text: `import { b } from "node:path";\nimport { a } from "node:fs";\n\nf(a, b);\n`,
    says: "Sort these imports",
  },
  { script: "unused", fault: "a file that nobody needs", path: "services/shop/core/old.ts", text: "", says: "old.ts" },
  {
    script: "unused",
    fault: "an export that nobody needs",
    path: core,
    text: `${sound[core]}export const discount = 1;\n`,
    says: "discount",
  },
  {
    script: "unused",
    fault: "a package that is not in package.json",
    path: main,
    text: `import "left-pad";\n${sound[main]}`,
    says: "left-pad",
  },
];

describe("a tool reports", () => {
  test.each(faults)("$script: $fault", async ({ script, path, text, says }) => {
    const ending = await run(script, { [path]: text });
    expect(ending.output).toContain(says);
    expect(ending.status).toBeGreaterThan(0);
  });
});

describe("a sound project passes", () => {
  test.each(["types", "lint", "format:check"])("%s", async (script) => {
    expect(await run(script, {})).toMatchObject({ status: 0, timedOut: false, leftBehind: [] });
  });
});

describe("generated code is compared", () => {
  const files = (name: string, entries: Readonly<Record<string, string>>): string => {
    const target = join(folder, name);
    for (const [path, text] of Object.entries(entries)) {
      mkdirSync(dirname(join(target, path)), { recursive: true });
      writeFileSync(join(target, path), text);
    }
    return target;
  };

  test("and what differs, lacks or is too much is named", () => {
    const expected = files("expected", { "a/same.ts": "1", "a/edited.ts": "1", "a/lacking.ts": "1" });
    const actual = files("actual", { "a/same.ts": "1", "a/edited.ts": "2", "a/extra.ts": "1" });
    expect(compareFolders(expected, actual)).toEqual([
      "differs: a/edited.ts",
      "missing: a/lacking.ts",
      "not generated: a/extra.ts",
    ]);
    expect(compareFolders(expected, expected)).toEqual([]);
  });

  test("and a generator that made nothing has not agreed", () => {
    expect(compareFolders(join(folder, "nowhere"), join(folder, "nowhere"))).toHaveLength(1);
  });
});
