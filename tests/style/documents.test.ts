import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { Glob } from "bun";

const root = join(import.meta.dirname, "../..");
const documents = ["*.md", "docs/*.md", "services/**/*.md"].flatMap((pattern) => [...new Glob(pattern).scanSync(root)]);
const read = (path: string): string => readFileSync(join(root, path), "utf8");

/** As GitHub makes it of a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\w\s-]/g, "")
    .replace(/\s/g, "-");
}

/** What is wrong with a link; undefined if it leads somewhere. */
function linkProblem(from: string, link: string): string | undefined {
  const [path = "", anchor] = link.split("#");
  const target = path === "" ? from : relative(root, join(root, dirname(from), path));
  if (!existsSync(join(root, target))) return `${from}: ${link}`;
  if (anchor === undefined) return undefined;
  const anchors = [...read(target).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => anchorOf(heading));
  return anchors.includes(anchor) ? undefined : `${from}: ${link}`;
}

test("every link in a document leads to a file, and to a heading if it names one", () => {
  expect(documents.length).toBeGreaterThan(10);
  const links = documents.flatMap((from) =>
    [...read(from).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(([, link = ""]) => linkProblem(from, link)),
  );
  expect(links.length).toBeGreaterThan(30);
  expect(links.filter((problem) => problem !== undefined)).toEqual([]);
});

/** Every text that a service gives its log, up to the first number in it. */
function eventsOf(text: string): string[] {
  const level = "(?:info|warn|error)";
  const told = [
    new RegExp(`\\bnotice\\(\\s*(?:"${level}"|level|levels\\[[^\\]]+\\]),\\s*([^,;)]+)`, "g"),
    new RegExp(`level: "${level}",\\s*message: ("[^"]+")`, "g"),
    /\blog(?:ger)?\.(?:info|warn|error|fatal)\((?:\{[^}]*\},\s*)?([^,;)]+)/g,
    /\bthis\.logger\.(?:info|warn|error|fatal)\(\{.*\}, ([^,;)]+)/g,
    /\bmessage = ([^;]+);\n.*type: "notice"/g,
    /\breport\([^,]+, ("[^"]+")/g,
    /\b(?:info|warn)\(("catalog-[^"]+")/g,
  ];
  const parts = told.flatMap((pattern) => [...text.matchAll(pattern)].map(([, part = ""]) => part));
  return parts.flatMap((part) => [...part.matchAll(/["`]([^"`$]{4,})/g)].map(([, event = ""]) => event.trim()));
}

test("docs/operating.md explains every event of the log", () => {
  const page = read("docs/operating.md");
  const sources = [...new Glob("services/{catalog,order,front-end}/**/*.ts").scanSync(root)];
  const events = new Set(sources.flatMap((path) => eventsOf(read(path))));
  for (const known of ["catalog-edited", "caught up: a voter again", "no leader", "log-repaired", "stopped"]) {
    expect(events).toContain(known);
  }
  expect(events.size).toBeGreaterThan(60);
  expect([...events].filter((event) => !page.includes(`\`${event}`))).toEqual([]);
});
