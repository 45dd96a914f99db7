import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Glob } from "bun";

const root = join(import.meta.dir, "../..");
const readme = readFileSync(join(root, "README.md"), "utf8");

/** Names of variables that some config.ts reads, with `_1` for a family numbered by replica. */
function variablesRead(): string[] {
  const names = new Set<string>();
  for (const file of new Glob("services/*/config.ts").scanSync(root)) {
    const text = readFileSync(join(root, file), "utf8");
    for (const [, name = ""] of text.matchAll(/read[A-Z]\w+\(\s*env,\s*["`]([A-Z0-9_]+(?:\$\{\w+\})?)["`]/g)) {
      names.add(name.replace(/\$\{\w+\}$/, "1"));
    }
  }
  return [...names].sort();
}

test("the README explains every variable of the environment", () => {
  const variables = variablesRead();
  expect(variables).toContain("ORDER2_PORT_1");
  expect(variables.length).toBeGreaterThan(20);
  expect(variables.filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
});

test("the README's links lead to files that are there", () => {
  const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map((match) => match[1] ?? "");
  expect(links.length).toBeGreaterThan(3);
  expect(links.filter((link) => !existsSync(join(root, link)))).toEqual([]);
});
