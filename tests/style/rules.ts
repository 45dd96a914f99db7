import { importComplaint, placeOf } from "./layers.ts";
import type { Source } from "./source.ts";

/** Says what is wrong with a file, each with its line. */
export type SourceRule = (source: Source) => readonly string[];

const linesMax = 300;

/** Names of the world outside, and of what makes two runs differ. Most do not compile in a core; these would, or might. */
const bannedInCore: ReadonlySet<string> = new Set([
  "Bun",
  "Buffer",
  "Date",
  "FinalizationRegistry",
  "Intl",
  "Math.random",
  "WeakRef",
  "clearInterval",
  "clearTimeout",
  "console",
  "crypto",
  "fetch",
  "globalThis",
  "performance",
  "process",
  "queueMicrotask",
  "setImmediate",
  "setInterval",
  "setTimeout",
  "systemClock",
  "systemRandom",
]);

const environment: ReadonlySet<string> = new Set(["process.env", "Bun.env", "import.meta.env"]);
const mayReadEnvironment = /^services\/[^/]+\/config\.ts$|^(bin|tests)\//;

/** Words that say nothing about what is in a file. */
const emptyNames: ReadonlySet<string> = new Set([
  "utils",
  "util",
  "helpers",
  "helper",
  "manager",
  "data",
  "misc",
  "common",
]);

/** Written so that this line does not find itself. */
const unfinished = /\b(TOD[O]|FIXM[E]|XX[X])\b/;

export const sourceRules = {
  imports: ({ imports, ...source }) =>
    imports.flatMap((imported) => {
      const complaint = importComplaint({ imports, ...source }, imported);
      return complaint === undefined ? [] : [`line ${imported.line}: ${complaint}`];
    }),

  "pure cores": ({ path, names, asynchronous }) => {
    if (placeOf(path)?.layer !== "core") return [];
    const banned = names.filter(({ name }) => bannedInCore.has(name));
    return [
      ...banned.map(({ name, line }) => `line ${line}: a core may not use ${name}`),
      ...asynchronous.map((line) => `line ${line}: a core is synchronous`),
    ];
  },

  environment: ({ path, names, imports }) => {
    if (mayReadEnvironment.test(path)) return [];
    const read = names.filter(({ name }) => environment.has(name));
    const imported = imports.filter(({ specifier }) => specifier === "node:process" || specifier === "process");
    return [...read, ...imported].map(({ line }) => `line ${line}: the environment is read in config.ts only`);
  },

  length: ({ lines }) => (lines > linesMax ? [`${lines} lines; ${linesMax} is the limit`] : []),
} satisfies Record<string, SourceRule>;

/** For files of any kind. */
export const textRules = {
  unfinished: (_path: string, text: string): readonly string[] =>
    text.split("\n").flatMap((line, index) => {
      const word = unfinished.exec(line)?.[0];
      return word === undefined ? [] : [`line ${index + 1}: ${word}`];
    }),

  names: (path: string): readonly string[] => {
    const words = path.split("/").map((part) => part.replace(/\..*$/, ""));
    return words.filter((word) => emptyNames.has(word)).map((word) => `"${word}" says nothing about what is inside`);
  },

  "place of tests": (path: string): readonly string[] => {
    const isTest = /[._](test|spec)\.[a-z]+$/.test(path);
    if (!isTest || (path.startsWith("tests/") && path.endsWith(".test.ts"))) return [];
    return ["a test is tests/**/*.test.ts"];
  },
};
