import type { Sheet } from "../core/types.ts";
import { type Files, writeBeside } from "./files.ts";
import { Layout } from "./layout.ts";
import type { Names } from "./names.ts";

/** A file of which it is known where each quantity is, so that it can be written over. */
interface Written {
  readonly layout: Layout;
  /** As it was left; another one means that someone else wrote to it. */
  readonly stamp: string | undefined;
}

/** What was catalog.csv before, and is to take its place again. */
export interface Spare extends Written {
  /** The places of the rows in which it is behind catalog.csv. */
  readonly behind: Iterable<number>;
}

/** How a file became catalog.csv. */
interface Turn {
  /** Of the one before it. */
  readonly stamp: string | undefined;
  /** The one before it is next-(N+2). */
  readonly isLinked: boolean;
  readonly editKeptAs: string | undefined;
}

/** Each one found another catalog.csv than the one before. */
const turnTriesMax = 3;

/** What a start finds. */
export interface FoundFiles {
  /** Of catalog.csv, before it was read. */
  readonly stamp: string | undefined;
  /** Of catalog.csv, if this program wrote it. */
  readonly layout?: Layout;
  /** The other file, if it is as it was left. */
  readonly spare?: Spare | undefined;
}

/**
 * Gives catalog.csv its next content at once, and writes only rows that changed.
 *
 * Two files take turns. While one is catalog.csv, with checkpoint N, the other is
 * next-(N+1). Once checkpoint N+1 is logged, the rows in which next-(N+1) is
 * behind are written over in it; it is synced; catalog.csv gets a second name,
 * next-(N+2); next-(N+1) is renamed to catalog.csv. So whoever reads catalog.csv
 * sees a whole checkpoint, and if the last one in the log is N+1 and next-(N+1)
 * is there, catalog.csv still holds N.
 *
 * The whole file is written, beside the other two, if it cannot be written over:
 * a start did not find it as it was left, someone else wrote to it, a quantity has
 * become wider than all before it, or catalog.csv cannot have a second name here:
 * then next-(N+2) is an empty file, which says the same.
 */
export class CatalogFile {
  /** catalog.csv; its number as soon as this run has written it. */
  private shown: FoundFiles & { readonly number?: number };
  /** Of the widest quantity. */
  private width: number;
  /** The other one, as it was left when it was catalog.csv. */
  private spare: Spare | undefined;

  constructor(
    private readonly files: Files,
    private readonly names: Names,
    found: FoundFiles,
  ) {
    this.width = found.layout?.width ?? 0;
    this.shown = found;
    this.spare = found.spare;
  }

  /**
   * Checkpoint `number` is in the log. May be repeated after a failure. Returns
   * where the content of catalog.csv went if someone edited it in the meantime:
   * an edit under a running catalog has no effect, but is not lost either.
   */
  async publish(number: number, sheet: Sheet): Promise<{ readonly editKeptAs: string | undefined }> {
    const { names, files, spare, shown } = this;
    if (shown.number === number) {
      // It has its place, and only the last step failed.
      await files.syncFolder(names.folder);
      return { editKeptAs: undefined };
    }
    const next = names.of("next", number);
    this.spare = undefined;
    // Whoever had it open when its turn was over may have written to it since.
    const isSpareEdited = spare !== undefined && (await files.stamp(next)) !== spare.stamp;
    const lateEdit = isSpareEdited ? await this.keep(next, number - 1) : undefined;
    const written = await this.write(next, sheet, isSpareEdited ? undefined : spare);
    const { stamp, isLinked, editKeptAs } = await this.takeTurn(next, number);
    this.shown = { ...written, number };
    await files.syncFolder(names.folder);
    if (isLinked && shown.layout !== undefined && stamp === shown.stamp) {
      this.spare = { layout: shown.layout, stamp, behind: sheet.changed };
    }
    return { editKeptAs: editKeptAs ?? lateEdit };
  }

  /** Makes `next` catalog.csv. Editors save by a rename, too: what one of them put there meanwhile is kept first. */
  private async takeTurn(next: string, number: number): Promise<Turn> {
    const { names, files, shown } = this;
    let editKeptAs: string | undefined;
    for (let tries = 0; tries < turnTriesMax; tries++) {
      const stamp = await files.stamp(names.csv);
      const isEdited = stamp !== shown.stamp && stamp !== undefined;
      if (isEdited) editKeptAs = await this.keep(names.csv, number);
      const isLinked = stamp !== undefined && (await this.linkNext(number + 1));
      if (!isLinked) await files.writeSynced(names.of("next", number + 1), []);
      await files.syncFolder(names.folder);
      if (await files.renameOver(next, names.csv, stamp)) return { stamp, isLinked, editKeptAs };
    }
    throw new Error(`${names.csv} is written to by someone else all the time`);
  }

  private async write(next: string, sheet: Sheet, spare: Spare | undefined): Promise<Written> {
    this.width = Math.max(this.width, widthOf(sheet.largest));
    if (spare?.layout.width !== this.width) return this.writeWhole(next, sheet);
    await this.files.patch(next, spare.layout.patches([spare.behind, sheet.changed], sheet));
    return { layout: spare.layout, stamp: await this.files.stamp(next) };
  }

  /** As another file, not over the old one: someone may still be reading that. */
  private async writeWhole(next: string, sheet: Sheet): Promise<Written> {
    const layout = new Layout(this.width, sheet.length);
    await writeBeside(this.files, next, layout.write(sheet));
    return { layout, stamp: await this.files.stamp(next) };
  }

  /** Never over another edit; the same one may come again after a failure. */
  private async keep(path: string, number: number): Promise<string | undefined> {
    const bytes = await this.files.read(path);
    if (bytes === undefined) return undefined;
    for (let copy = 1; ; copy++) {
      const kept = `${this.names.csv}.edited-${number}${copy === 1 ? "" : `-${copy}`}`;
      const other = await this.files.read(kept);
      if (other !== undefined && !Buffer.from(other).equals(bytes)) continue;
      await writeBeside(this.files, kept, [bytes]);
      return kept;
    }
  }

  private async linkNext(number: number): Promise<boolean> {
    const next = this.names.of("next", number);
    await this.files.remove(next);
    return this.files.link(this.names.csv, next);
  }
}

function widthOf(quantity: number): number {
  return String(quantity).length;
}
