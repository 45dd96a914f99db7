import { expect, test } from "bun:test";
import { accessSync, constants, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const root = join(import.meta.dirname, "../..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const versions = z.record(z.string(), z.string());
const { engines, dependencies, devDependencies, scripts } = z
  .object({
    engines: z.object({ bun: z.string() }),
    dependencies: versions,
    devDependencies: versions,
    scripts: versions,
  })
  .parse(JSON.parse(read("package.json")));

test("one version of Bun is named everywhere", () => {
  expect(Bun.version).toBe(engines.bun);
  expect(devDependencies["@types/bun"]).toBe(engines.bun);
  expect(read("bin/launch")).toContain(`\nversion=${engines.bun}\n`);
  const documents = [".ci/run", "README.md", "CHANGELOG.md"].filter((path) => existsSync(join(root, path)));
  const named = documents.flatMap((path) => [...read(path).matchAll(/\bbun@([\w.]+)/g)].map((match) => match[1]));
  expect(named.length).toBeGreaterThan(0);
  expect(new Set(named)).toEqual(new Set([engines.bun]));
});

test("every dependency is pinned", () => {
  const loose = Object.entries({ ...dependencies, ...devDependencies }).filter(([, v]) => !/^\d+\.\d+\.\d+$/.test(v));
  expect(loose).toEqual([]);
});

test("every command in bin/ can be executed, and what it starts exists", () => {
  const files = readdirSync(join(root, "bin"), { withFileTypes: true }).filter((entry) => entry.isFile());
  const launchers = files.map(({ name }) => name).filter((name) => !name.includes(".") && name !== "launch");
  expect(launchers).toContain("client");
  for (const name of launchers) {
    accessSync(join(root, "bin", name), constants.X_OK);
    const target = /\/launch" (?:--install )?(\S+\.ts) "\$@"\n$/.exec(read(`bin/${name}`))?.[1];
    expect([name, target !== undefined && existsSync(join(root, target))]).toEqual([name, true]);
  }
});

test("what the scripts start exists", () => {
  const paths = Object.values(scripts).flatMap((script) => script.match(/\b(bin|services)\/[\w./-]+/g) ?? []);
  expect(paths.length).toBeGreaterThan(3);
  expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});
