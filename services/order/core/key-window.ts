import { assert } from "../../lib/assert.ts";
import type { Random } from "../../lib/random.ts";
import { hashWords, KeyHash } from "./key-hash.ts";
import type { Key, OrderNumber } from "./types.ts";

/** 32-bit words of a place: the name of a key (its slot plus one, 0 for none) and the first word of the key's hash. */
const placeWords = 2;

/**
 * The keys of the last `keysMax` orders in the log, committed or not, with their
 * numbers. What an order pushes out does not come back when that order is cut:
 * a window of N keys through any cut has room for N and for all that may be cut.
 *
 * A key is known by its hash alone, 128 bits (see KeyHash): a million of them
 * take 34 MB, where strings in a Map take 200. That two keys of a million have
 * one hash is less likely than 10^-26; whoever reads the order of a key that was
 * found compares the key, so that not even that goes unnoticed.
 */
export class KeyWindow {
  private readonly hash: KeyHash;
  /** A ring: order n has slot n % keysMax. */
  private readonly hashes: Int32Array;
  /**
   * Open addressing with linear probing: a key stands at the place that the first
   * word of its hash gives, or behind it without a gap. That word stands beside
   * it, so that a look at the ring, a cache miss, is needed only to confirm a key
   * that is found. At most two thirds full. Of orders with one key the latest is
   * here. A place is known by the offset of its first word.
   */
  private readonly places: Int32Array;
  /** What it leaves of a number is a place: they are a power of 2, and after the last comes the first. */
  private readonly placeMask: number;
  /** The ring holds the orders from `first` up to before `end`. */
  private first = 0;
  private end = 0;

  constructor(
    private readonly keysMax: number,
    random: Random,
  ) {
    this.hash = new KeyHash(random);
    this.hashes = new Int32Array(keysMax * hashWords);
    this.places = new Int32Array(powerOf2From(1.5 * keysMax) * placeWords);
    this.placeMask = this.places.length - placeWords;
  }

  find(key: Key): OrderNumber | undefined {
    this.hash.take(key);
    const name = this.places[this.placeOfHash()] as number;
    return name === 0 ? undefined : this.numberIn(name - 1);
  }

  /** Orders come one after the other; the first may have any number. */
  add(key: Key, number: OrderNumber): void {
    this.hash.take(key);
    this.addTaken(number);
  }

  /** The same with the key as bytes[start, end). */
  addBytes(bytes: Uint8Array, start: number, end: number, number: OrderNumber): void {
    this.hash.takeBytes(bytes, start, end);
    this.addTaken(number);
  }

  /** Undoes the last add: the entry was cut. */
  remove(key: Key, number: OrderNumber): void {
    assert(number === this.end - 1 && this.find(key) === number, "only the key of the last order can be removed");
    this.end--;
    this.forget(number % this.keysMax);
  }

  private addTaken(number: OrderNumber): void {
    if (this.end === this.first) this.first = this.end = number;
    assert(number === this.end, "order numbers are consecutive");
    if (this.end - this.first === this.keysMax) this.forget(this.first++ % this.keysMax);
    const slot = this.end++ % this.keysMax;
    for (let nth = 0; nth < hashWords; nth++) this.hashes[slot * hashWords + nth] = this.hash.words[nth] as number;
    const at = this.placeOfHash();
    this.places[at] = slot + 1;
    this.places[at + 1] = this.hash.words[0] as number;
  }

  private numberIn(slot: number): OrderNumber {
    const last = this.end - 1;
    return (last - ((last - slot) % this.keysMax)) as OrderNumber;
  }

  /** Of the hash last taken, or the free place where it belongs. */
  private placeOfHash(): number {
    const { places, placeMask } = this;
    const word = this.hash.words[0] as number;
    let at = word & placeMask;
    for (let name = places[at] as number; name !== 0; name = places[at] as number) {
      if (places[at + 1] === word && this.isHashOf(name - 1)) break;
      at = (at + placeWords) & placeMask;
    }
    return at;
  }

  private isHashOf(slot: number): boolean {
    const { words } = this.hash;
    for (let nth = 0; nth < hashWords; nth++) if (this.hashes[slot * hashWords + nth] !== words[nth]) return false;
    return true;
  }

  /** Nothing is to do if a later order has the same key. */
  private forget(slot: number): void {
    const { places, placeMask } = this;
    let at = (this.hashes[slot * hashWords] as number) & placeMask;
    while (places[at] !== slot + 1) {
      if (places[at] === 0) return;
      at = (at + placeWords) & placeMask;
    }
    this.free(at);
  }

  /** What stands behind a freed place and belongs before it moves up (Knuth, volume 3, 6.4, algorithm R). */
  private free(freed: number): void {
    const { places, placeMask } = this;
    let gap = freed;
    for (let at = (gap + placeWords) & placeMask; places[at] !== 0; at = (at + placeWords) & placeMask) {
      const word = places[at + 1] as number;
      const fromHome = (at - (word & placeMask)) & placeMask;
      if (fromHome < ((at - gap) & placeMask)) continue;
      places[gap] = places[at] as number;
      places[gap + 1] = word;
      gap = at;
    }
    places[gap] = 0;
  }
}

function powerOf2From(least: number): number {
  return 2 ** Math.ceil(Math.log2(least));
}
