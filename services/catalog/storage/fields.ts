/**
 * The fields of a line, divided by commas. One with a comma or a quote in it is
 * quoted as in RFC 4180; none has a line break.
 */
export function joinFields(fields: readonly (string | number)[]): string {
  let line = "";
  for (let at = 0; at < fields.length; at++) {
    const field = fields[at] ?? "";
    if (at > 0) line += ",";
    line += typeof field === "number" ? field : quoted(field);
  }
  return line;
}

function quoted(field: string): string {
  return field.includes(",") || field.includes('"') ? `"${field.replaceAll('"', '""')}"` : field;
}

const comma = 0x2c;
const quote = 0x22;
const minus = 0x2d;
const zero = 0x30;

/**
 * Reads the fields of a line one after the other, as joinFields wrote them. They
 * come from the bytes: lines are read by the million, and a text cut out of a
 * longer one would keep that in memory.
 */
export class Fields {
  private at = 0;
  private end = 0;
  private isGood = true;

  constructor(private readonly bytes: Buffer) {}

  /** Goes to the first field of the line bytes[start, end). */
  begin(start: number, end: number): void {
    this.at = start;
    this.end = end;
    this.isGood = true;
  }

  get hasMore(): boolean {
    return this.at <= this.end;
  }

  /** All fields were read, none that is not there, and each number was one. */
  get wereAllRead(): boolean {
    return this.isGood && !this.hasMore;
  }

  /** "" if there is no field. */
  text(): string {
    const { bytes, at: start, end } = this;
    if (start > end) this.isGood = false;
    if (start < end && bytes[start] === quote) return this.quotedText();
    let at = start;
    while (at < end && bytes[at] !== comma) at++;
    this.at = at + 1;
    return at > start ? bytes.toString("utf8", start, at) : "";
  }

  /** NaN for anything but a safe integer, and if there is no field. */
  integer(): number {
    const { bytes, end } = this;
    const isNegative = bytes[this.at] === minus;
    const start = isNegative ? this.at + 1 : this.at;
    let at = start;
    let value = 0;
    for (; at < end && bytes[at] !== comma; at++) {
      const digit = (bytes[at] ?? 0) - zero;
      value = digit >= 0 && digit <= 9 ? value * 10 + digit : Number.NaN;
    }
    this.at = at + 1;
    if (at > start && Number.isSafeInteger(value)) return isNegative ? -value : value;
    this.isGood = false;
    return Number.NaN;
  }

  private quotedText(): string {
    const { bytes, end } = this;
    const start = this.at + 1;
    let at = start;
    // Two quotes stand for one.
    while (at < end && (bytes[at] !== quote || bytes[at + 1] === quote)) at += bytes[at] === quote ? 2 : 1;
    this.at = at + 2;
    return bytes.toString("utf8", start, at).replaceAll('""', '"');
  }
}
