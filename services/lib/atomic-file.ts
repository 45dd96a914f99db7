import { closeSync, fsyncSync, openSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";

/** Makes a rename, creation or removal in `folder` durable. */
function syncFolder(folder: string): void {
  const fd = openSync(folder, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Writes a file and syncs its content (not its name: see syncFolder). */
function writeSynced(path: string, content: string | Uint8Array): void {
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  const fd = openSync(path, "w");
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Replaces a file so that a crash leaves the old content or the new, never a mixture. */
export function replaceFile(path: string, content: string | Uint8Array): void {
  const temporary = `${path}.tmp`;
  writeSynced(temporary, content);
  renameSync(temporary, path);
  syncFolder(dirname(path));
}
