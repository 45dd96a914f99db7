import { type Disk, syncFolderNow } from "./disk.ts";

/** The files of one replica. */
export interface StoreFiles {
  readonly log: string;
  readonly identity: string;
  readonly vote: string;
  readonly mark: string;
  readonly index: string;
}

const asideMax = 1000;

export function storeFiles(log: string): StoreFiles {
  return { log, identity: `${log}.identity`, vote: `${log}.vote`, mark: `${log}.mark`, index: `${log}.index` };
}

/** The log first. */
function paths(files: StoreFiles): string[] {
  return [files.log, files.identity, files.vote, files.mark, files.index];
}

function asideName(path: string, n: number): string {
  return `${path}.damaged-${n}`;
}

/** True if files were set aside here before: this replica held data, whatever is left of it. */
export function wasSetAside(disk: Disk, files: StoreFiles): boolean {
  return paths(files).some((path) => disk.exists(asideName(path, 1)));
}

/**
 * Renames whatever is there, so that the next opening finds a wiped replica; nothing
 * is ever deleted. A crash half-way leaves an incomplete set, which is set aside in
 * its turn: for that the log, without which no set is complete, goes first.
 * Returns the log's new name.
 */
export function setAside(disk: Disk, files: StoreFiles): string {
  let n = 1;
  while (paths(files).some((path) => disk.exists(asideName(path, n)))) n++;
  if (n > asideMax) throw new Error(`${files.log} was set aside ${asideMax} times already`);
  for (const path of paths(files)) if (disk.exists(path)) disk.rename(path, asideName(path, n));
  syncFolderNow(disk, files.log);
  return asideName(files.log, n);
}
