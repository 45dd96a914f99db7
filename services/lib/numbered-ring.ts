import { assert } from "./assert.ts";

export interface NumberedRingLimits {
  /** Of two rows whose numbers differ by a multiple of it, the one that came last is here. */
  readonly rowsMax: number;
  /** Names among them; at most 65,536. With one more, everything is forgotten. */
  readonly namesMax: number;
}

export interface NumberedRow {
  /** As the ring spells it. */
  readonly name: string;
  readonly count: number;
}

/** Rows of a name and a count by their numbers, in ten bytes each. Numbers are below (2^32 - 1) times `rowsMax`. */
export class NumberedRing {
  /** Row n has slot n % rowsMax. How often the ring was gone round to come to n, plus one; 0: no row. */
  private readonly laps: Uint32Array;
  private readonly counts: Uint32Array;
  /** Places in `names`. */
  private readonly nameOf: Uint16Array;
  private names: string[] = [];
  private placeOf = new Map<string, number>();

  constructor(
    private readonly limits: NumberedRingLimits,
    private readonly spell: (name: string) => string = (name) => name,
  ) {
    const { rowsMax, namesMax } = limits;
    this.laps = new Uint32Array(rowsMax);
    this.counts = new Uint32Array(rowsMax);
    this.nameOf = new Uint16Array(rowsMax);
    assert(namesMax <= 2 ** (8 * this.nameOf.BYTES_PER_ELEMENT), "every name has a place");
  }

  get(number: number): NumberedRow | undefined {
    const slot = number % this.limits.rowsMax;
    if (this.laps[slot] !== this.lapOf(number)) return undefined;
    return { name: this.names[this.nameOf[slot] as number] as string, count: this.counts[slot] as number };
  }

  /** `count`: below 2^32. */
  set(number: number, name: string, count: number): void {
    const slot = number % this.limits.rowsMax;
    this.nameOf[slot] = this.place(name);
    this.counts[slot] = count;
    this.laps[slot] = this.lapOf(number);
  }

  clear(): void {
    this.laps.fill(0);
    this.names = [];
    this.placeOf = new Map();
  }

  private lapOf(number: number): number {
    return Math.floor(number / this.limits.rowsMax) + 1;
  }

  private place(name: string): number {
    const known = this.placeOf.get(name);
    if (known !== undefined) return known;
    if (this.names.length === this.limits.namesMax) this.clear();
    this.placeOf.set(name, this.names.length);
    return this.names.push(this.spell(name)) - 1;
  }
}
