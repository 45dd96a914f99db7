import { describe, expect, test } from "bun:test";
import { sourceRules, textRules } from "./rules.ts";
import { readSource } from "./source.ts";

const breaks = (rule: keyof typeof sourceRules, path: string, text: string): number =>
  sourceRules[rule](readSource(path, text)).length;

describe("imports", () => {
  const bad: [path: string, text: string][] = [
    ["services/order/main.ts", 'import { x } from "../catalog/core/x.ts";'],
    ["services/order/main.ts", 'import type { X } from "../catalog/core/x.ts";'],
    ["services/order/main.ts", 'export { x } from "../catalog/core/x.ts";'],
    ["services/order/main.ts", 'export * from "../catalog/core/x.ts";'],
    ["services/order/main.ts", 'const x = await import("../catalog/core/x.ts");'],
    ["services/order/main.ts", "const x = await import(name);"],
    ["services/order/main.ts", 'let x: import("../catalog/core/x.ts").X;'],
    ["services/order/main.ts", 'import { x } from "../../tests/sim/x.ts";'],
    ["services/order/main.ts", 'import { x } from "../../bin/x.ts";'],
    ["services/order/main.ts", 'import { x } from "../lib/x";'],
    ["services/order/main.ts", 'import { x } from "/srv/x.ts";'],
    ["services/order/config.ts", 'import { X } from "../../gen/toystore/order/v1/order_pb.ts";'],
    ["services/lib/x.ts", 'import { x } from "../order/core/x.ts";'],
    ["services/lib/x.ts", 'import { X } from "../../gen/toystore/order/v1/order_pb.ts";'],
    ["services/client/x.ts", 'import { x } from "../order/core/x.ts";'],
    ["services/client/x.ts", 'import { X } from "../../gen/toystore/order/v1/order_pb.ts";'],
    ["services/order/core/x.ts", 'import { readFileSync } from "node:fs";'],
    ["services/order/core/x.ts", 'import { pLimit } from "p-limit";'],
    ["services/order/core/x.ts", 'import { x } from "../storage/x.ts";'],
    ["services/order/core/x.ts", 'import { x } from "../driver.ts";'],
    ["services/order/core/x.ts", 'import type { X } from "../driver/ports.ts";'],
    ["services/order/core/x.ts", 'import { X } from "../../../gen/toystore/order/v1/order_pb.ts";'],
    ["services/order/storage/x.ts", 'import { x } from "../rpc/x.ts";'],
    ["services/order/storage/x.ts", 'import { Code } from "@connectrpc/connect";'],
    ["services/order/storage/x.ts", 'import { x } from "../driver/ports.ts";'],
    ["services/order/rpc/x.ts", 'import { x } from "../storage/x.ts";'],
    ["services/order/rpc/deep/x.ts", 'import { x } from "../../storage/x.ts";'],
    ["services/order/rpc/x.ts", 'import { openSync } from "node:fs";'],
    ["services/front-end/http/x.ts", 'import type { X } from "../../../gen/toystore/order/v1/order_pb.ts";'],
    ["services/front-end/http/x.ts", 'import { x } from "../rpc/x.ts";'],
    ["services/order/driver.ts", 'import { x } from "./rpc/x.ts";'],
    ["services/order/driver/x.ts", 'import { X } from "../../../gen/toystore/order/v1/order_pb.ts";'],
    ["services/order/config.ts", 'import { x } from "./storage/x.ts";'],
    ["bin/x.ts", 'import { x } from "../tests/x.ts";'],
  ];
  test.each(bad)("%s may not say %s", (path, text) => {
    expect(breaks("imports", path, text)).toBe(1);
  });

  const good: [path: string, text: string][] = [
    ["services/order/main.ts", 'import { x } from "./rpc/x.ts"; import { pino } from "pino";'],
    ["services/order/core/x.ts", 'import { assert } from "../../lib/assert.ts"; import { y } from "./y.ts";'],
    ["services/order/storage/x.ts", 'import { openSync } from "node:fs"; import { x } from "../core/x.ts";'],
    ["services/order/rpc/x.ts", 'import { X } from "../../../gen/toystore/order/v1/order_pb.ts";'],
    ["services/order/rpc/x.ts", 'import type { X } from "../driver/ports.ts";'],
    ["services/order/driver.ts", 'import { x } from "./storage/x.ts"; import { y } from "./driver/y.ts";'],
    ["services/order/config.ts", 'import { z } from "zod"; import { x } from "../lib/config.ts";'],
    ["bin/sim.ts", 'import { x } from "../tests/sim/x.ts";'],
    [
      "tests/order/x.test.ts",
      'import { x } from "../../services/order/core/x.ts"; import { y } from "../../bin/y.ts";',
    ],
  ];
  test.each(good)("%s may say %s", (path, text) => {
    expect(breaks("imports", path, text)).toBe(0);
  });
});

describe("pure cores", () => {
  const bad = [
    "const x = Date.now();",
    "const x = new Date();",
    "const x = Math.random();",
    'const x = Math["random"]();',
    "const { random } = Math;",
    "const x = performance.now();",
    "setTimeout(() => {}, 1);",
    "queueMicrotask(f);",
    "const x = globalThis;",
    "const x = { Date };",
    "const x = process.argv;",
    "const x = Bun.nanoseconds();",
    "fetch(url);",
    "console.log(1);",
    "const x = crypto.randomUUID();",
    "const x = new WeakRef(y);",
    'import { systemRandom } from "../../lib/random.ts";',
    "async function f() {}",
    "const f = async () => {};",
    "class A { async f() {} }",
    "async function* f() {}",
  ];
  test.each(bad)("a core may not say %s", (text) => {
    expect(breaks("pure cores", "services/order/core/x.ts", text)).toBeGreaterThan(0);
  });

  const good = [
    "const x = { Date: 1, fetch: 2 };",
    "const x = order.Date;",
    "interface X { process: number; fetch(): void }",
    "const x = Math.floor(1.5);",
    "class A { fetch() {} console = 1; }",
    "const x = 'Date';",
    "// Date.now() is not for us",
  ];
  test.each(good)("a core may say %s", (text) => {
    expect(breaks("pure cores", "services/order/core/x.ts", text)).toBe(0);
  });

  test("a driver may say what a core may not", () => {
    expect(breaks("pure cores", "services/order/driver.ts", "setTimeout(() => Date.now(), 1);")).toBe(0);
  });
});

describe("environment", () => {
  const bad = [
    "const x = process.env.X;",
    'const x = process["env"].X;',
    "const { env } = process;",
    "const x = Bun.env.X;",
    "import.meta.env.X;",
    'import { env } from "node:process";',
  ];
  test.each(bad)("a service may not say %s", (text) => {
    expect(breaks("environment", "services/order/main.ts", text)).toBe(1);
  });

  test.each(["services/order/config.ts", "services/lib/config.ts", "bin/check.ts"])(
    "%s may read the environment",
    (path) => {
      expect(breaks("environment", path, "const x = process.env.X;")).toBe(0);
    },
  );

  test("a config.ts that is not a service's own may not", () => {
    expect(breaks("environment", "services/order/rpc/config.ts", "const x = process.env.X;")).toBe(1);
  });
});

describe("length", () => {
  test("300 lines are a file, 301 are too many", () => {
    expect(breaks("length", "services/order/x.ts", "f();\n".repeat(300))).toBe(0);
    expect(breaks("length", "services/order/x.ts", "f();\n".repeat(301))).toBe(1);
  });
});

describe("files of any kind", () => {
  test.each(["TO", "FIX", "XX"].map((start, index) => start + ["DO", "ME", "X"][index]))("none says %s", (word) => {
    expect(textRules.unfinished("README.md", `fine\nnot ${word}: fine`)).toEqual([`line 2: ${word}`]);
  });

  test("a word that contains such a word is fine", () => {
    expect(textRules.unfinished("README.md", "MASTODON xxx")).toEqual([]);
  });

  test.each(["services/order/utils.ts", "services/helpers/x.ts", "services/data/x.ts"])("%s says nothing", (path) => {
    expect(textRules.names(path)).toHaveLength(1);
  });

  test.each(["services/order/core/x.test.ts", "tests/order/x.spec.ts", "tests/order/x_test.ts", "x.test.js"])(
    "%s is not where a test is",
    (path) => {
      expect(textRules["place of tests"](path)).toHaveLength(1);
    },
  );

  test("a test stands in tests/", () => {
    expect(textRules["place of tests"]("tests/order/core/x.test.ts")).toEqual([]);
  });
});

test("what is not TypeScript is not passed over", () => {
  expect(() => readSource("services/order/x.ts", "const = ;")).toThrow("services/order/x.ts");
});
