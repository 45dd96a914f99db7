import type { Entry, LogIndex, LogPosition } from "../core/types.ts";
import { checkLine, decodeLine, type LogPoint } from "./codec.ts";
import { type Disk, readFully } from "./disk.ts";

const newline = 10;
const comma = 44;

/** The line, or its beginning, at this byte of the log is not what was written. */
export interface Fault {
  readonly offset: number;
  readonly reason: string;
}

/** Called with each entry; the walk is at the place before it. */
export type VisitEntry = (entry: Entry, walk: LogWalk) => void;

/** Called with each line that was verified; the walk is at its beginning. Returns a reason to find fault with it. */
export type VisitLine = (walk: LogWalk, bytes: Buffer, start: number, end: number) => string | undefined;

/**
 * Goes through the log from a known place and verifies each line against the
 * chain of checksums. The fields tell the place it has come to.
 */
export class LogWalk {
  offset: number;
  chain: number;
  index: LogIndex;
  orders: number;
  /** The last entry; while only verifying, the one that the walk began with. */
  last: LogPosition;

  constructor(from: LogPoint) {
    this.offset = from.offset;
    this.chain = from.chain;
    this.index = from.last.index;
    this.orders = from.orders;
    this.last = from.last;
  }

  point(): LogPoint {
    return { last: this.last, orders: this.orders, offset: this.offset, chain: this.chain };
  }

  /** Verifies the whole lines of `bytes`, which begin at `offset`; stops before an incomplete one. */
  verify(bytes: Buffer, visit?: VisitLine): Fault | undefined {
    for (let start = 0; ; ) {
      const end = bytes.indexOf(newline, start);
      if (end < 0) return undefined;
      const chain = checkLine(bytes, start, end, this.chain);
      if (chain < 0) return this.fault("its checksum does not follow from the lines above");
      const refused = visit?.(this, bytes, start, end);
      if (refused !== undefined) return this.fault(refused);
      if (bytes[start] !== comma) this.orders++;
      this.index = (this.index + 1) as LogIndex;
      this.advance(chain, end + 1 - start);
      start = end + 1;
    }
  }

  /** Like `verify`, and decodes each line. `visit` sees the walk before the entry. */
  read(bytes: Buffer, visit: VisitEntry): Fault | undefined {
    for (let start = 0; ; ) {
      const end = bytes.indexOf(newline, start);
      if (end < 0) return undefined;
      const chain = checkLine(bytes, start, end, this.chain);
      if (chain < 0) return this.fault("its checksum does not follow from the lines above");
      const entry = decodeLine(bytes, start, end);
      if (entry === undefined || !this.continues(entry)) return this.fault("it does not continue the lines above");
      visit(entry, this);
      if (entry.order !== undefined) this.orders++;
      this.index = entry.index;
      this.last = { index: entry.index, term: entry.term };
      this.advance(chain, end + 1 - start);
      start = end + 1;
    }
  }

  /** True if the walk has come to exactly this place (the term of the entry before is not compared). */
  isAt({ offset, chain, orders, last }: LogPoint): boolean {
    return this.offset === offset && this.chain === chain && this.orders === orders && this.index === last.index;
  }

  fault(reason: string): Fault {
    return { offset: this.offset, reason };
  }

  private continues({ index, term, order }: Entry): boolean {
    if (index !== this.last.index + 1 || term < this.last.term) return false;
    return order === undefined || order.number === this.orders;
  }

  private advance(chain: number, bytes: number): void {
    this.chain = chain;
    this.offset += bytes;
  }
}

/** Reads a file in chunks that share one buffer. */
export class ChunkReader {
  private readonly buffer: Buffer;

  constructor(
    private readonly disk: Disk,
    private readonly fd: number,
    chunkBytes: number,
  ) {
    this.buffer = Buffer.allocUnsafe(chunkBytes);
  }

  /** What stands between `offset` and `end`, up to the size of a chunk; valid until the next call. */
  chunk(offset: number, end: number): Buffer {
    const wanted = this.buffer.subarray(0, Math.min(this.buffer.length, end - offset));
    return wanted.subarray(0, readFully(this.disk, this.fd, wanted, offset));
  }
}

/** Takes the walk from where it is to `end`, by `step`; the fault includes a line that is not complete there. */
export function walkTo(
  reader: ChunkReader,
  walk: LogWalk,
  end: number,
  step: (bytes: Buffer) => Fault | undefined,
): Fault | undefined {
  while (walk.offset < end) {
    const fault = walkChunk(reader, walk, end, step);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** One chunk of walkTo. */
export function walkChunk(
  reader: ChunkReader,
  walk: LogWalk,
  end: number,
  step: (bytes: Buffer) => Fault | undefined,
): Fault | undefined {
  const before = walk.offset;
  let bytes: Buffer;
  try {
    bytes = reader.chunk(before, end);
  } catch (error) {
    // The disk cannot read a sector back: as good as damaged. Other errors are not about the content.
    if ((error as NodeJS.ErrnoException).code !== "EIO") throw error;
    return walk.fault("it cannot be read (EIO)");
  }
  const fault = step(bytes);
  if (fault !== undefined) return fault;
  return walk.offset === before ? walk.fault("the line is incomplete") : undefined;
}
