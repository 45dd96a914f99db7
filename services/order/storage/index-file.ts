import { type Disk, syncFile } from "./disk.ts";
import { recordBytes } from "./index-records.ts";
import type { SparseIndex } from "./sparse-index.ts";

/**
 * Keeps the sparse index on disk, behind the log: a record is written after its
 * entry was synced, and removed for good before its entry is cut, so each record
 * on disk is true. Not synced otherwise: what is lost is read from the log again.
 */
export class IndexFile {
  private readonly fd: number;

  /** `written`: how many records of the index the file holds; what follows them there is dropped. */
  constructor(
    private readonly disk: Disk,
    path: string,
    private readonly index: SparseIndex,
    private written: number,
  ) {
    this.fd = disk.open(path, "a");
    disk.truncate(this.fd, written * recordBytes);
  }

  /** Adds the records up to the `count`th. Throws the system's error. */
  writeTo(count: number): void {
    if (count <= this.written) return;
    this.disk.write(this.fd, this.index.records.encoded(this.written, count));
    this.written = count;
  }

  /** Resolves when no record after the `count`th is left on the disk. */
  async cutTo(count: number): Promise<void> {
    if (count >= this.written) return;
    this.written = count;
    this.disk.truncate(this.fd, count * recordBytes);
    await syncFile(this.disk, this.fd);
  }

  close(): void {
    this.disk.close(this.fd);
  }
}
