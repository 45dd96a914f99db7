import { expect, test } from "bun:test";
import { join } from "node:path";
import { type SourceRule, sourceRules, textRules } from "./rules.ts";
import { readSource } from "./source.ts";

const root = join(import.meta.dirname, "../..");

/** All that is written by hand, by path from the root. */
const texts = new Map<string, string>();
for (const pattern of ["{services,tests,bin,proto,docs,deploy,.ci}/**/*", "*.{md,json,yaml,toml}", ".*.json"]) {
  for (const path of new Bun.Glob(pattern).scanSync({ cwd: root, onlyFiles: true, dot: true })) {
    if (!/\.(png|svg|ico|woff2?|gz)$/.test(path)) texts.set(path, await Bun.file(join(root, path)).text());
  }
}

const sources = [...texts].filter(([path]) => path.endsWith(".ts")).map(([path, text]) => readSource(path, text));

test("the project is found, and its files are read", () => {
  expect(sources.length).toBeGreaterThan(20);
  expect(texts.has("package.json")).toBe(true);
});

for (const [name, rule] of Object.entries<SourceRule>(sourceRules)) {
  test(`every source keeps the rule on ${name}`, () => {
    expect(sources.flatMap((source) => rule(source).map((complaint) => `${source.path}: ${complaint}`))).toEqual([]);
  });
}

for (const promise of ["P1", "P2", "P3", "P4", "P5", "P6", "P7", "P8", "P9"]) {
  test(`${promise} is tested by name, with real processes`, () => {
    const named = new RegExp(`"(P\\d, )*${promise}[,:]`);
    const tests = [...texts].filter(([path, text]) => path.startsWith("tests/e2e/") && named.test(text));
    expect(tests.length).toBeGreaterThan(0);
  });
}

for (const [name, rule] of Object.entries(textRules)) {
  test(`every file keeps the rule on ${name}`, () => {
    expect([...texts].flatMap(([path, text]) => rule(path, text).map((complaint) => `${path}: ${complaint}`))).toEqual(
      [],
    );
  });
}
