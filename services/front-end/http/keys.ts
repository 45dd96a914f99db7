/** An idempotency key: what the client sees, and what the order replicas see. */
export interface Key {
  readonly text: string;
  /**
   * With its namespace: see order.proto. Undefined: it has the form of a made one,
   * and the store's id, by which that could be told, is not known yet.
   */
  readonly internal: string | undefined;
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
 * tag; it is an ordinary "c:" key now and when it is repeated. One that comes back
 * then belongs to neither namespace yet: taken for a client's own, the purchase
 * that another front-end, or this one before its restart, made with it would
 * happen twice.
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
    if (!madePattern.test(text)) return { text, internal: `c:${text}` };
    const tag = this.tagOf(text.slice(0, bodyLength));
    if (tag === undefined) return { text, internal: undefined };
    return { text, internal: `${text.endsWith(tag) ? "g:" : "c:"}${text}` };
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
/** The form of a made one. */
const madePattern = /^t-[0-9a-f]{32}-[0-9a-f]{16}$/;
const prefix = "t-";
const poolBytes = 4096;
const randomBytes = 16;
/** 64 bits: guessing one that fits takes longer than any store lives. */
const tagDigits = 16;
const bodyLength = prefix.length + 2 * randomBytes;
