import { Code, ConnectError } from "@connectrpc/connect";
import { assert } from "./assert.ts";

/** Rows of a key, a name and a count as they travel: columns.proto says how, and what is generated from it has this shape. */
export interface Columns {
  $typeName: "toystore.columns.v1.Columns";
  keys: string;
  names: string[];
  nameIndexes: number[];
  counts: number[];
}

const separator = "\n";
const countMax = 2 ** 32 - 1;

/** Makes columns of rows, one after the other. */
export class ColumnsWriter {
  private readonly names = new Names();
  readonly columns: Columns = {
    $typeName: "toystore.columns.v1.Columns",
    keys: "",
    names: this.names.list,
    nameIndexes: [],
    counts: [],
  };

  /** `key` is visible ASCII. A count that is too large, or below 0, becomes the next one that is not. */
  add(key: string, name: string, count: number): void {
    assert(key !== "" && !key.includes(separator), "a key fits into its column");
    const { columns } = this;
    columns.keys += columns.counts.length === 0 ? key : separator + key;
    columns.nameIndexes.push(this.names.indexOf(name));
    columns.counts.push(Math.min(Math.max(count, 0), countMax));
  }
}

/** The names of a batch, each once. */
export class Names {
  readonly list: string[] = [];
  private readonly indexes = new Map<string, number>();
  private lastName: string | undefined;
  private lastIndex = 0;

  /** Where it is in the list. Mostly it is the name that was asked for before. */
  indexOf(name: string): number {
    if (name === this.lastName) return this.lastIndex;
    this.lastName = name;
    this.lastIndex = this.indexes.get(name) ?? this.add(name);
    return this.lastIndex;
  }

  private add(name: string): number {
    const index = this.list.push(name) - 1;
    this.indexes.set(name, index);
    return index;
  }
}

/** Throws INVALID_ARGUMENT: there is no such name. */
export function nameAt(names: readonly string[], index: number | undefined): string {
  const name = index === undefined ? undefined : names[index];
  if (name === undefined) throw new ConnectError("a row without a name", Code.InvalidArgument);
  return name;
}

/**
 * `make` is called for each row in turn, with its place. Throws INVALID_ARGUMENT
 * where the columns do not fit together; absent ones have no rows.
 *
 * The keys share one text: whoever keeps one keeps them all. Where most rows of a
 * batch are soon forgotten and some are not, `cut` is to be ownKeys.
 */
export function fromColumns<T>(
  columns: Columns | undefined,
  make: (key: string, name: string, count: number, at: number) => T,
  cut: (text: string) => string[] = sharedKeys,
): T[] {
  if (columns === undefined) return [];
  const { names, nameIndexes, counts } = columns;
  const keys = columns.keys === "" ? [] : cut(columns.keys);
  requireLength(nameIndexes, keys.length);
  requireLength(counts, keys.length);
  return keys.map((key, at) => make(key, nameAt(names, nameIndexes[at]), counts[at] as number, at));
}

function sharedKeys(text: string): string[] {
  return text.split(separator);
}

/** Throws INVALID_ARGUMENT unless they are ASCII. */
export function ownKeys(text: string): string[] {
  const bytes = Buffer.from(text);
  if (bytes.length !== text.length) throw new ConnectError("a key is not ASCII", Code.InvalidArgument);
  const keys: string[] = [];
  let start = 0;
  for (let end = text.indexOf(separator); end >= 0; end = text.indexOf(separator, start)) {
    keys.push(bytes.toString("latin1", start, end));
    start = end + 1;
  }
  // A key that is alone shares its text with nobody.
  keys.push(start === 0 ? text : bytes.toString("latin1", start));
  return keys;
}

/** As far as can be told before they are read. */
export function rowsOf(columns: Columns | undefined): number {
  return columns?.counts.length ?? 0;
}

/** Throws INVALID_ARGUMENT: columns beside each other have one length. */
export function requireLength(column: readonly unknown[], length: number): void {
  if (column.length !== length) {
    throw new ConnectError(`columns of ${column.length} and ${length} rows`, Code.InvalidArgument);
  }
}
