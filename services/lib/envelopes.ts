/**
 * Messages of a Connect stream on the wire: a byte of flags, the length in four
 * bytes, big-endian, and the message
 * (connectrpc.com/docs/protocol, "Streaming RPCs").
 */
export const envelopeFlags = { compressed: 1, end: 2 } as const;

const headBytes = 5;
const noBytes = Buffer.alloc(0);

export function encodeEnvelope(flags: number, message: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(headBytes + message.length);
  bytes.writeUInt8(flags, 0);
  bytes.writeUInt32BE(message.length, 1);
  bytes.set(message, headBytes);
  return bytes;
}

/** A message announced more bytes than are taken. */
export class EnvelopeTooLargeError extends Error {}

/** Cuts what comes, in pieces of any size, into envelopes. */
export class EnvelopeReader {
  /** The beginning of an envelope that is not complete. */
  private pieces: Buffer[] = [];
  private bytes = 0;
  /** So many are there when the envelope at the beginning, or its head, is complete. */
  private wanted = headBytes;

  constructor(
    private readonly messageBytesMax: number,
    private readonly onEnvelope: (flags: number, message: Buffer) => void,
  ) {}

  /** Nothing of an envelope is left over. */
  get isEmpty(): boolean {
    return this.bytes === 0;
  }

  /**
   * Throws EnvelopeTooLargeError as soon as a length is announced, and whatever
   * `onEnvelope` throws; what came is then dropped.
   */
  push(piece: Buffer): void {
    this.pieces.push(piece);
    this.bytes += piece.length;
    if (this.bytes < this.wanted) return;
    const whole = this.pieces.length === 1 ? piece : Buffer.concat(this.pieces);
    this.keep(noBytes);
    this.keep(whole.subarray(this.cut(whole)));
  }

  private keep(rest: Buffer): void {
    this.pieces = rest.length === 0 ? [] : [rest];
    this.bytes = rest.length;
  }

  /** Hands out every whole envelope; returns where the rest begins. */
  private cut(bytes: Buffer): number {
    let at = 0;
    for (;;) {
      this.wanted = headBytes;
      if (bytes.length - at < headBytes) return at;
      const length = bytes.readUInt32BE(at + 1);
      if (length > this.messageBytesMax) {
        throw new EnvelopeTooLargeError(`a message of ${length} bytes; at most ${this.messageBytesMax} are taken`);
      }
      this.wanted = headBytes + length;
      if (bytes.length - at < this.wanted) return at;
      this.onEnvelope(bytes.readUInt8(at), bytes.subarray(at + headBytes, at + this.wanted));
      at += this.wanted;
    }
  }
}
