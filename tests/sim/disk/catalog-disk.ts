import { findEdits } from "../../../services/catalog/core/edits.ts";
import { foundingImage } from "../../../services/catalog/core/founding.ts";
import { Ledger } from "../../../services/catalog/core/ledger.ts";
import type { Change, Image, Position, Row, Sheet } from "../../../services/catalog/core/types.ts";
import { formatChange, parseChange } from "../../../services/catalog/storage/change-line.ts";
import { LineSealer, readLines } from "../../../services/catalog/storage/lines.ts";
import type { Dice } from "../kernel/dice.ts";
import type { End } from "./rest.ts";

interface Line {
  readonly text: string;
  readonly position: Position;
}

/** catalog.csv: which checkpoint it holds. */
interface CatalogFile {
  readonly number: number;
  readonly rows: readonly Row[];
}

/** The catalog's disk: a snapshot and, after it, the write-ahead log, in the real log's lines; and catalog.csv. */
export class CatalogDisk {
  private image: Image;
  private lines: Line[] = [];
  private synced = 0;
  private queue: Change[] = [];
  private sealer = new LineSealer(0);
  changesSinceSnapshot = 0;
  private csv: CatalogFile;
  /** Takes the place of catalog.csv at some moment from now on. */
  private nextCsv: CatalogFile | undefined;

  constructor(rows: readonly Row[]) {
    this.csv = { number: 1, rows };
    this.image = foundingImage(rows);
  }

  append(changes: readonly Change[]): void {
    this.queue.push(...changes);
  }

  /** Writes what is queued; a sync is to follow. Returns up to which change it goes. */
  write(): Position {
    for (const change of this.queue) {
      this.lines.push({ text: this.sealer.seal(formatChange(change)), position: change.position });
    }
    this.queue = [];
    return this.lines.at(-1)?.position ?? this.image.position;
  }

  onSynced(position: Position): void {
    while ((this.lines[this.synced]?.position ?? Infinity) <= position) this.synced++;
  }

  /** The process ended: what was not written is lost, and with the power what was not synced. */
  end(end: End, dice: Dice): void {
    this.queue = [];
    if (this.nextCsv !== undefined && dice.chance(0.5)) this.csv = this.nextCsv;
    this.nextCsv = undefined;
    const text = this.lines.map((line) => line.text).join("");
    const safe = this.lines.slice(0, this.synced).reduce((bytes, line) => bytes + Buffer.byteLength(line.text), 0);
    const all = Buffer.from(text);
    const rest = end === "kill" ? all : all.subarray(0, dice.int(safe, all.length));
    this.recover(rest);
  }

  /** What the catalog starts with; all of it is durable from now on. */
  open(): Image {
    return this.image;
  }

  /** Which checkpoint catalog.csv holds. */
  get holds(): number {
    return this.csv.number;
  }

  beginPublishing(number: number, sheet: Sheet): void {
    this.nextCsv = { number, rows: Array.from({ length: sheet.length }, (_, place) => sheet.row(place)) };
  }

  endPublishing(): void {
    this.csv = this.nextCsv ?? this.csv;
    this.nextCsv = undefined;
  }

  /** What a start would take for an edit in a catalog.csv that nobody edited. */
  misreadBy(ledger: Ledger): string | undefined {
    const { number, rows } = this.csv;
    const { checkpoint } = ledger;
    if (number > checkpoint || number < checkpoint - 1) return `catalog.csv holds ${number}, the log ${checkpoint}`;
    const { edits } = findEdits(ledger, number, rows);
    return edits.length === 0 ? undefined : `checkpoint ${number}, after ${checkpoint}: ${JSON.stringify(edits)}`;
  }

  private recover(bytes: Buffer): void {
    const ledger = new Ledger(this.image);
    readLines(bytes, 0, (fields) => {
      const change = parseChange(fields);
      if (change === undefined) return false;
      ledger.apply(change);
      this.changesSinceSnapshot++;
      return true;
    });
    ledger.putAllBack();
    // The snapshot that a start could take; it keeps the log of a long run short.
    this.image = ledger.image();
    this.lines = [];
    this.synced = 0;
    this.sealer = new LineSealer(0);
  }
}
