import { basename, dirname, join } from "node:path";
import type { Files } from "./files.ts";

/**
 * The files beside catalog.csv:
 * - wal-N: the write-ahead log from change N on;
 * - snapshot-N: everything after change N, so that the log before it can go;
 * - next-N: is to become catalog.csv with checkpoint N. It is there before checkpoint N is logged.
 */
export type Kind = "wal" | "snapshot" | "next";

export interface Numbered {
  readonly number: number;
  readonly path: string;
}

export class Names {
  readonly folder: string;

  constructor(readonly csv: string) {
    this.folder = dirname(csv);
  }

  of(kind: Kind, number: number): string {
    return `${this.csv}.${kind}-${number}`;
  }

  /** Every file of each kind, lowest number first, and what a crash left half-made. */
  async list(files: Files): Promise<Record<Kind | "unfinished", Numbered[]>> {
    const found: Record<Kind | "unfinished", Numbered[]> = {
      wal: [],
      snapshot: [],
      next: [],
      unfinished: [],
    };
    const prefix = `${basename(this.csv)}.`;
    for (const name of await files.list(this.folder)) {
      if (!name.startsWith(prefix)) continue;
      const match = /^(wal|snapshot|next)-(\d{1,15})(\.tmp)?$/.exec(name.slice(prefix.length));
      if (match === null) continue;
      const kind = match[3] === undefined ? (match[1] as Kind) : "unfinished";
      found[kind].push({ number: Number(match[2]), path: join(this.folder, name) });
    }
    for (const list of Object.values(found)) list.sort((a, b) => a.number - b.number);
    return found;
  }
}

/** A file is not usable; the message is one line for the operator: which, where, what to do. Nothing was served. */
export class CatalogFileError extends Error {
  override name = "CatalogFileError";
}
