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
  return [config.catalogFile, ...config.orderLogFiles].every((file) => !hasAnythingOf(file));
}

/** True if the file is there, or any that is named after it. */
function hasAnythingOf(file: string): boolean {
  const folder = dirname(file);
  const own = basename(file);
  const isData = (name: string): boolean => name.startsWith(own) && name !== lockNameOf(own);
  return existsSync(folder) && readdirSync(folder).some(isData);
}
