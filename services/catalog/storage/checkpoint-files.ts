import { createHash } from "node:crypto";
import type { Checkpoint, Row } from "../core/types.ts";
import { formatCatalog } from "./csv.ts";
import type { Files } from "./files.ts";
import type { Names } from "./names.ts";

export function hashOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/**
 * Gives catalog.csv its next content so that a crash at any moment neither looks
 * like an edit nor hides one. In this order: the content is written and synced
 * twice, as next-N and as base-N (kept, to compare with at a start); its hash is
 * logged and synced (the caller's part, between `write` and `publish`); next-N is
 * renamed to catalog.csv; older bases go. So, if checkpoint N is logged and
 * next-N is there, catalog.csv still rests on the base before.
 */
export class CheckpointFiles {
  constructor(
    private readonly files: Files,
    private readonly names: Names,
    /** Hash of what catalog.csv was last given. */
    private shownHash: string,
  ) {}

  async write(number: number, rows: readonly Row[]): Promise<Checkpoint> {
    const bytes = formatCatalog(rows);
    await this.files.writeSynced(this.names.of("next", number), bytes);
    await this.files.writeSynced(this.names.of("base", number), bytes);
    await this.files.syncFolder(this.names.folder);
    return { number, hash: hashOf(bytes) };
  }

  /**
   * May be repeated after a failure. Returns where the content of catalog.csv went
   * if someone edited it in the meantime: an edit under a running catalog has no
   * effect, but is not lost either.
   */
  async publish(checkpoint: Checkpoint): Promise<{ readonly editKeptAs: string | undefined }> {
    const editKeptAs = await this.keepEdit(checkpoint);
    await publishNext(this.files, this.names, checkpoint.number);
    this.shownHash = checkpoint.hash;
    return { editKeptAs };
  }

  private async keepEdit(checkpoint: Checkpoint): Promise<string | undefined> {
    const bytes = await this.files.read(this.names.csv);
    if (bytes === undefined) return undefined;
    const hash = hashOf(bytes);
    if (hash === this.shownHash || hash === checkpoint.hash) return undefined;
    const path = `${this.names.csv}.edited-${checkpoint.number}`;
    await this.files.writeSynced(path, bytes);
    return path;
  }
}

/** Lets a logged checkpoint take its place, unless it has, and removes what it makes needless. */
export async function publishNext(files: Files, names: Names, number: number): Promise<void> {
  const next = names.of("next", number);
  const found = await names.list(files);
  if (found.next.some(({ path }) => path === next)) await files.rename(next, names.csv);
  await files.syncFolder(names.folder);
  for (const base of found.base) if (base.number < number) await files.remove(base.path);
}
