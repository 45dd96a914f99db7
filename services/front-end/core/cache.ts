/**
 * A bounded map from which the least recently used entry goes first. A Map
 * keeps insertion order, so its first key is the one to go.
 *
 * It knows nothing of time: whether an entry may be shown is the lease's word.
 */
export class Cache<Name, Value> {
  private readonly entries = new Map<Name, Value>();
  /** The last name that was used, deleted or not: if it is there, it is the last entry. */
  private newest: Name | undefined;

  /** With `entriesMax` 0 nothing is ever kept. */
  constructor(private readonly entriesMax: number) {}

  get size(): number {
    return this.entries.size;
  }

  get(name: Name): Value | undefined {
    const value = this.entries.get(name);
    if (value !== undefined && name !== this.newest) this.use(name, value);
    return value;
  }

  set(name: Name, value: Value): void {
    this.use(name, value);
    if (this.entries.size <= this.entriesMax) return;
    for (const oldest of this.entries.keys()) {
      this.entries.delete(oldest);
      return;
    }
  }

  delete(name: Name): void {
    this.entries.delete(name);
  }

  clear(): void {
    this.entries.clear();
  }

  private use(name: Name, value: Value): void {
    this.entries.delete(name);
    this.entries.set(name, value);
    this.newest = name;
  }
}
