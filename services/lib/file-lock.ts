import { Database } from "bun:sqlite";
import { dirname } from "node:path";
import { makeFolder } from "./atomic-file.ts";
import { followLinks } from "./follow-links.ts";

/** Locks last as long as these are reachable. */
const held: Database[] = [];

/**
 * Locks the file `NAME.lock` beside a file, where links to it lead, until this
 * process ends, however it does. False: another process holds it. The folder is made
 * if need be. Throws the error if there can be no such file. (Bun has no flock;
 * SQLite, which comes with it, locks its databases, and an empty file is one.)
 */
export function lockBeside(file: string): boolean {
  const followed = followLinks(file);
  makeFolder(dirname(followed));
  const database = new Database(lockNameOf(followed));
  try {
    // Nothing is ever written, so there is no need for a journal beside it.
    database.run("PRAGMA journal_mode = MEMORY");
    database.run("BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    if ((error as { readonly code?: unknown }).code === "SQLITE_BUSY") return false;
    throw error;
  }
  held.push(database);
  return true;
}

/** As lockBeside; undefined if it went well, else what to tell the operator in one line. */
export function lockProblem(file: string, variable: string): string | undefined {
  try {
    if (lockBeside(file)) return undefined;
  } catch (error) {
    return `${variable}=${file} cannot be used: ${lockNameOf(file)}: ${(error as Error).message}`;
  }
  return `${file} is in use by another process: end that one first, or set ${variable} to another file`;
}

export function lockNameOf(file: string): string {
  return `${file}.lock`;
}
