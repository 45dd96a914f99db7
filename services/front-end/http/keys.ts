/** An idempotency key: what the client sees, and what the order replicas see. */
export interface Key {
  readonly text: string;
  /** With its namespace: see order.proto. */
  readonly internal: string;
}

/**
 * Keys of clients ("c:") and of front-ends ("g:").
 *
 * A client must be able to repeat a purchase with a key that we made for it, yet
 * must not reach that namespace otherwise: it could collide with somebody
 * else's. So a made key carries a tag, an HMAC with the store's id, which every
 * front-end of the store can check. What has no valid tag is the client's own.
 *
 * Before the store's id is known a key is made all the same, without a valid
 * tag; it is an ordinary "c:" key now and when it is repeated.
 */
export class Keys {
  private readonly pool = new Uint8Array(poolBytes);
  private used = poolBytes;
  private hasher: { readonly storeId: string; readonly hmac: Bun.CryptoHasher } | undefined;

  constructor(private readonly orders: { readonly storeId: string | undefined }) {}

  /** A new one, for a purchase whose client gave none: "t-", 128 random bits, "-", the tag. */
  make(): Key {
    const body = `${prefix}${this.random(randomBytes)}`;
    const tag = this.tagOf(body);
    if (tag !== undefined) return { text: `${body}-${tag}`, internal: `g:${body}-${tag}` };
    const text = `${body}-${this.random(tagDigits / 2)}`;
    return { text, internal: `c:${text}` };
  }

  /** A client's. Undefined: it is not 1-128 visible ASCII characters. */
  take(text: string): Key | undefined {
    if (!keyPattern.test(text)) return undefined;
    return { text, internal: `${this.isMade(text) ? "g:" : "c:"}${text}` };
  }

  private isMade(text: string): boolean {
    if (text.length !== madeLength || !text.startsWith(prefix)) return false;
    const body = text.slice(0, bodyLength);
    return text.charAt(bodyLength) === "-" && text.slice(bodyLength + 1) === this.tagOf(body);
  }

  /** Undefined: the store's id is not known yet. */
  private tagOf(body: string): string | undefined {
    const { storeId } = this.orders;
    if (storeId === undefined) return undefined;
    if (this.hasher?.storeId !== storeId) {
      this.hasher = { storeId, hmac: new Bun.CryptoHasher("sha256", storeId) };
    }
    return this.hasher.hmac.copy().update(body).digest("hex").slice(0, tagDigits);
  }

  /** Hex digits; the system is asked for many at a time. */
  private random(bytes: number): string {
    if (this.used + bytes > poolBytes) {
      crypto.getRandomValues(this.pool);
      this.used = 0;
    }
    const slice = this.pool.subarray(this.used, this.used + bytes);
    this.used += bytes;
    return slice.toHex();
  }
}

const keyPattern = /^[\x21-\x7e]{1,128}$/;
const prefix = "t-";
const poolBytes = 4096;
const randomBytes = 16;
/** 64 bits: guessing one that fits takes longer than any store lives. */
const tagDigits = 16;
const bodyLength = prefix.length + 2 * randomBytes;
const madeLength = bodyLength + 1 + tagDigits;
