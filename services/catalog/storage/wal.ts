import { assert } from "../../lib/assert.ts";
import { SyncedFile } from "../../lib/synced-file.ts";
import type { Change, Position } from "../core/types.ts";
import { formatChange } from "./change-line.ts";
import { type Files, replaceFile } from "./files.ts";
import { LineSealer } from "./lines.ts";
import type { Names } from "./names.ts";
import { formatHeader } from "./segment.ts";

export interface WalListener {
  /** Everything up to this change is synced. */
  durable(position: Position): void;
  /** A write or a sync failed: nothing more is written, and the process must end. */
  failed(error: Error): void;
}

interface Group {
  readonly bytes: Uint8Array;
  readonly position: Position;
}

/** The write-ahead log: groups of changes, appended, and synced on request; what waits for a sync goes with the next. */
export class Wal {
  private file: SyncedFile;
  private readonly sealer: LineSealer;
  /** Groups of the open segment that are not synced: the bytes up to their end, counted from its opening. */
  private unsynced: { readonly end: number; readonly position: Position }[] = [];
  private appendedBytes = 0;
  /** Groups that wait until the next segment is open; undefined when there is one. */
  private held: Group[] | undefined;
  /** They are to be synced then. */
  private heldAreWanted = false;
  private failed = false;

  /** Goes on at the end of `segment`, whose last line has the checksum `chain`. */
  constructor(
    private readonly files: Files,
    private readonly names: Names,
    private segment: string,
    chain: number,
    private readonly listener: WalListener,
  ) {
    this.sealer = new LineSealer(chain);
    this.file = this.open(segment);
  }

  /** The checksum of everything appended. */
  get chain(): number {
    return this.sealer.chain;
  }

  get hasFailed(): boolean {
    return this.failed;
  }

  append(changes: readonly Change[]): void {
    const last = changes.at(-1);
    if (last === undefined) return;
    let text = "";
    for (const change of changes) text += this.sealer.seal(formatChange(change));
    const group = { bytes: Buffer.from(text), position: last.position };
    if (this.held === undefined) this.write(group);
    else this.held.push(group);
  }

  /** Makes everything appended durable. */
  sync(): void {
    if (this.held === undefined) this.file.sync();
    else this.heldAreWanted = true;
  }

  /**
   * Lets the log go on in a new segment, which begins with the change `first`.
   * What is appended meanwhile waits: a segment is begun when the one before is
   * synced, so that only the last one can be torn.
   */
  async beginSegment(first: number): Promise<void> {
    const path = this.names.of("wal", first);
    assert(path !== this.segment, "a segment is begun once: what ties it to the log before must not change");
    this.segment = path;
    this.held = [];
    const header = formatHeader(first, this.sealer);
    await this.file.close();
    if (this.failed) return;
    await replaceFile(this.files, path, [header]);
    this.file = this.open(path);
    const { held } = this;
    this.held = undefined;
    for (const group of held) this.write(group);
    if (this.heldAreWanted) this.sync();
    this.heldAreWanted = false;
  }

  settled(): Promise<void> {
    return this.file.settled();
  }

  close(): Promise<void> {
    return this.file.close();
  }

  private open(path: string): SyncedFile {
    this.unsynced = [];
    this.appendedBytes = 0;
    return new SyncedFile(
      path,
      (bytes) => this.synced(bytes),
      (error) => this.fail(error),
      this.files.appending,
    );
  }

  private write(group: Group): void {
    this.appendedBytes += group.bytes.length;
    this.unsynced.push({ end: this.appendedBytes, position: group.position });
    this.file.write(group.bytes);
  }

  private fail(error: Error): void {
    this.failed = true;
    this.listener.failed(error);
  }

  private synced(bytes: number): void {
    let position: Position | undefined;
    let count = 0;
    for (; count < this.unsynced.length; count++) {
      const group = this.unsynced[count];
      if (group === undefined || group.end > bytes) break;
      position = group.position;
    }
    this.unsynced.splice(0, count);
    if (position !== undefined) this.listener.durable(position);
  }
}

/** Makes the first segment of a new log. Its first change comes after the founding, which is change 1. */
export async function foundWal(files: Files, names: Names): Promise<{ path: string; chain: number }> {
  const path = names.of("wal", 2);
  const sealer = new LineSealer(0);
  await replaceFile(files, path, [formatHeader(2, sealer)]);
  return { path, chain: sealer.chain };
}
