import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isInMemory } from "./machine.ts";

const attemptsMax = 60;
const pauseMs = 50;

/**
 * Runs something with a folder on a real disk (where files are kept in memory a sync
 * costs nothing), which also holds every temporary file made meanwhile. It goes in
 * the end, also when somebody interrupts: whoever is still using it was killed by
 * then, by what started it.
 */
export async function withWorkFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const base = isInMemory(tmpdir()) ? "/var/tmp" : tmpdir();
  const folder = mkdtempSync(join(base, "toystore-bench-"));
  // A peer may run as another user.
  chmodSync(folder, 0o711);
  const remove = (): void => removeFolder(folder);
  const interrupt = (): void => process.exit(130);
  process.env["TMPDIR"] = folder;
  process.on("exit", remove);
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  try {
    return await work(folder);
  } finally {
    process.env["TMPDIR"] = base;
    process.off("exit", remove);
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
    remove();
  }
}

/** What a killed program had started may go on writing for a moment. */
function removeFolder(folder: string): void {
  for (let attempt = 1; ; attempt++) {
    try {
      rmSync(folder, { recursive: true, force: true });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOTEMPTY" || attempt === attemptsMax) throw error;
      Bun.sleepSync(pauseMs);
    }
  }
}
