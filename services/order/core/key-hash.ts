import { assert } from "../../lib/assert.ts";
import { type Random, randomInt } from "../../lib/random.ts";
import type { Key } from "./types.ts";

/** 32-bit words of a hash. */
export const hashWords = 4;

/** ASCII. */
const characters = 128;
/** Of a usual key; a longer one is no exception. */
const keyCharacters = 64;
const wordValues = 2 ** 32;

/**
 * Tabulation hashing (Zobrist, 1970): each character at each place has 128 random
 * bits, and a key's hash is what comes of all of its own by exclusive or.
 *
 * Any two keys have the same hash with a probability of 2^-128, whatever they are
 * (Carter and Wegman, "Universal classes of hash functions", 1979), so long as
 * whoever chose them knows nothing of the bits: they are drawn by each process
 * for itself, and nothing that is sent shows them. A table with linear probing
 * takes constant time by this hash (Pătraşcu and Thorup, "The power of simple
 * tabulation hashing", 2011).
 */
export class KeyHash {
  /** Of the key last taken; valid until the next. */
  readonly words = new Int32Array(hashWords);
  /** Words of character c at place p are at (p * characters + c) * hashWords. Drawn when the first key is so long. */
  private bits = new Int32Array(0);
  private text = new Uint8Array(keyCharacters);

  /** What it draws must be known to nobody else. */
  constructor(private readonly random: Random) {}

  take(key: Key): void {
    if (key.length > this.text.length) this.text = new Uint8Array(2 * key.length);
    let beyond = 0;
    for (let at = 0; at < key.length; at++) {
      const code = key.charCodeAt(at);
      beyond |= code;
      this.text[at] = code;
    }
    assert(beyond < characters, "a key is ASCII");
    this.takeBytes(this.text, 0, key.length);
  }

  /** The key that is bytes[start, end). */
  takeBytes(bytes: Uint8Array, start: number, end: number): void {
    const { words } = this;
    const wanted = (end - start) * characters * hashWords;
    if (wanted > this.bits.length) this.draw(wanted);
    const { bits } = this;
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    let beyond = 0;
    for (let at = start, row = 0; at < end; at++, row += characters) {
      const code = bytes[at] as number;
      beyond |= code;
      const entry = (row + code) * hashWords;
      a ^= bits[entry] as number;
      b ^= bits[entry + 1] as number;
      c ^= bits[entry + 2] as number;
      d ^= bits[entry + 3] as number;
    }
    assert(beyond < characters, "a key is ASCII");
    words[0] = a;
    words[1] = b;
    words[2] = c;
    words[3] = d;
  }

  private draw(length: number): void {
    const longer = new Int32Array(length);
    longer.set(this.bits);
    for (let at = this.bits.length; at < length; at++) longer[at] = randomInt(this.random, wordValues);
    this.bits = longer;
  }
}
