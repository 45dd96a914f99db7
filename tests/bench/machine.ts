import { readFileSync, statfsSync } from "node:fs";
import { cpus, release, totalmem, type } from "node:os";
import { join } from "node:path";

/** Where and with what something was measured. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly kernel: string;
  readonly system: string;
  readonly fileSystem: string;
  readonly bun: string;
}

const root = join(import.meta.dir, "../..");

export function describeMachine(folder: string): Machine {
  const processors = cpus();
  return {
    processor: processors[0]?.model ?? "unknown",
    cores: processors.length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    kernel: `${type()} ${release()}`,
    system: readSystem(),
    fileSystem: fileSystemOf(folder),
    bun: Bun.version,
  };
}

/** What is measured: the commit, and whether the files are as in it. */
export function describeCommit(): string {
  const commit = git("rev-parse", "--short=12", "HEAD");
  const changed = git("status", "--porcelain", "--untracked-files=no", "--", "services", "gen", "package.json");
  return changed === "" ? commit : `${commit} with changes`;
}

const tmpfs = 0x01021994;

/** Is what is written there kept in memory only? Then a sync costs nothing. */
export function isInMemory(folder: string): boolean {
  return statfsSync(folder).type === tmpfs;
}

function fileSystemOf(folder: string): string {
  return Bun.spawnSync(["stat", "--file-system", "--format=%T", folder]).stdout.toString().trim();
}

function readSystem(): string {
  try {
    const text = readFileSync("/etc/os-release", "utf8");
    return /^PRETTY_NAME="?([^"\n]*)/m.exec(text)?.[1] ?? "unknown";
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "unknown";
    throw error;
  }
}

function git(...words: string[]): string {
  return Bun.spawnSync(["git", ...words], { cwd: root })
    .stdout.toString()
    .trim();
}
