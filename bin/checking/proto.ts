import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommand } from "./command.ts";
import { fail, type Outcome, outcomeOf, pass } from "./step.ts";

/** A commit whose protos the present ones must stay compatible with, or why there is none. */
export type Base =
  | { readonly type: "commit"; readonly commit: string; readonly why: string }
  | { readonly type: "none"; readonly why: string };

function git(root: string, ...words: string[]): string | undefined {
  if (Bun.which("git") === null) return undefined;
  const result = Bun.spawnSync(["git", ...words], { cwd: root, env: { ...process.env }, stderr: "ignore" });
  return result.exitCode === 0 ? result.stdout.toString().trim() : undefined;
}

/**
 * Chooses what to compare with: where this line of work left the main branch, and on the main
 * branch itself the commit before. Clones know the main branch by different names, shallow ones
 * may not know where it was left.
 */
export function chooseBase(root: string): Base {
  const head = git(root, "rev-parse", "--verify", "HEAD^{commit}");
  if (head === undefined) return { type: "none", why: "there is no commit yet, or no git" };
  for (const name of ["refs/heads/main", "refs/remotes/origin/main"]) {
    const base = git(root, "merge-base", "HEAD", name);
    if (base !== undefined && base !== head) {
      return { type: "commit", commit: base, why: `where this branch left ${name}` };
    }
  }
  const before = git(root, "rev-parse", "--verify", "HEAD^1^{commit}");
  if (before !== undefined) return { type: "commit", commit: before, why: "the commit before this one" };
  const shallow = git(root, "rev-parse", "--is-shallow-repository") === "true";
  return { type: "none", why: shallow ? "a shallow clone without the commit before" : "the first commit" };
}

/** Compares the protos with those of the base: a client of then must be understood now. */
export async function checkBreaking(root: string, limitMs: number): Promise<Outcome> {
  const base = chooseBase(root);
  if (base.type === "none") return pass(`NOT COMPARED: ${base.why}`);
  const note = `against ${base.commit.slice(0, 12)}, ${base.why}`;
  if (git(root, "cat-file", "-e", `${base.commit}:proto`) === undefined) {
    return pass(`NOT COMPARED: no protos in ${base.commit.slice(0, 12)}, ${base.why}`);
  }
  const folder = mkdtempSync(join(tmpdir(), "toystore-check-"));
  try {
    const archive = join(folder, "base.tar");
    const pack = ["git", "archive", "--format=tar", `--output=${archive}`, base.commit, "proto"];
    const packed = outcomeOf(await runCommand(pack, { cwd: root, limitMs }));
    if (packed.failed > 0) return { ...packed, note };
    const buf = [process.execPath, "x", "buf", "breaking", "proto", "--against", `${archive}#subdir=proto`];
    return { ...outcomeOf(await runCommand(buf, { cwd: root, limitMs })), note };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Generates into a folder of its own and compares with gen/, which nobody edits by hand. */
export async function checkGenerated(root: string, limitMs: number): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), "toystore-check-"));
  try {
    const argv = [process.execPath, "run", "generate", "--output", folder];
    const generated = outcomeOf(await runCommand(argv, { cwd: root, limitMs }));
    if (generated.failed > 0) return generated;
    const differences = compareFolders(join(folder, "gen"), join(root, "gen"));
    if (differences.length === 0) return pass();
    return fail(`${differences.join("\n")}\ngen/ is not what proto/ makes: bun run generate`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One line for each file that is in one folder only or differs; empty: the same, and not empty. */
export function compareFolders(expected: string, actual: string): string[] {
  const wanted = listFiles(expected);
  if (wanted.size === 0) return [`nothing was generated into ${expected}`];
  const found = listFiles(actual);
  const lines: string[] = [];
  for (const path of new Set([...wanted, ...found])) {
    if (!found.has(path)) lines.push(`missing: ${path}`);
    else if (!wanted.has(path)) lines.push(`not generated: ${path}`);
    else if (!readFileSync(join(expected, path)).equals(readFileSync(join(actual, path)))) {
      lines.push(`differs: ${path}`);
    }
  }
  return lines.sort((a, b) => a.localeCompare(b));
}

function listFiles(folder: string): Set<string> {
  if (!existsSync(folder)) return new Set();
  return new Set(new Bun.Glob("**/*").scanSync({ cwd: folder, onlyFiles: true, dot: true }));
}
