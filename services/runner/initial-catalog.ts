import { existsSync, readdirSync } from "node:fs";
import { basename, dirname } from "node:path";
import { makeFolder, replaceFile } from "../lib/atomic-file.ts";
import { lockNameOf } from "../lib/file-lock.ts";
import type { RunnerConfig } from "./config.ts";

/** Writes a file with its folder, all of it or nothing. */
export function writeWithFolder(file: string, content: string | Uint8Array): void {
  makeFolder(dirname(file));
  replaceFile(file, content);
}

/**
 * Whether nothing of a store is there yet. A catalog that is missing beside logs,
 * or beside its own write-ahead log, was lost: it is not for the runner to make
 * a new one in its place.
 */
export function isNewStore(config: RunnerConfig): boolean {
  return [config.catalogFile, ...config.orderLogFiles].every((file) => namesOf(file).length === 0);
}

/** Of the file, if it is there, and of all that are named after it, but for its lock. */
export function namesOf(file: string): string[] {
  const folder = dirname(file);
  const own = basename(file);
  const isData = (name: string): boolean => name.startsWith(own) && name !== lockNameOf(own);
  return existsSync(folder) ? readdirSync(folder).filter(isData) : [];
}
