/** A quote where none may be; the message says so. `column`: of the field, from 1. */
export class RecordFault extends Error {
  override name = "RecordFault";

  constructor(
    readonly column: number,
    message: string,
  ) {
    super(message);
  }
}

const unquotedEnd = /[,\n]|$/g;

/** The records of a text of RFC 4180, with \n or \r\n, one after the other; empty lines are none. */
export class Records {
  private at = 0;
  private lastLine = 0;

  constructor(private readonly text: string) {}

  /** On which the record that was read last, or cannot be read, ends; from 1. */
  get line(): number {
    return Math.max(1, this.lastLine);
  }

  /** The fields; undefined at the end. Throws RecordFault. */
  next(): string[] | undefined {
    const { text } = this;
    while (this.at < text.length) {
      const newline = text.indexOf("\n", this.at);
      const end = newline < 0 ? text.length : newline;
      const line = text.slice(this.at, text.charCodeAt(end - 1) === carriageReturn && end > this.at ? end - 1 : end);
      this.lastLine += 1;
      if (line.includes('"')) return this.nextQuoted();
      this.at = end + 1;
      if (line !== "") return line.split(",");
    }
    return undefined;
  }

  /** A record with a quote in it, which may have line breaks in its fields. */
  private nextQuoted(): string[] {
    const fields: string[] = [];
    for (let isLast = false; !isLast; ) {
      const column = fields.length + 1;
      const field = this.text[this.at] === '"' ? this.quotedField(column) : this.plainField(column);
      fields.push(field);
      isLast = this.text[this.at] !== ",";
      this.at += 1;
    }
    return fields;
  }

  /** Leaves `at` at the comma or line break after the field. */
  private quotedField(column: number): string {
    let field = "";
    let start = this.at + 1;
    for (;;) {
      const quote = this.text.indexOf('"', start);
      if (quote < 0) throw new RecordFault(column, "a quote has no end");
      field += this.text.slice(start, quote);
      if (this.text[quote + 1] !== '"') {
        this.at = quote + 1;
        break;
      }
      field += '"';
      start = quote + 2;
    }
    this.lastLine += field.split("\n").length - 1;
    if (this.text.startsWith("\r\n", this.at)) this.at += 1;
    const after = this.text[this.at];
    if (after !== undefined && after !== "," && after !== "\n") {
      throw new RecordFault(column, "a quote ends before its field does");
    }
    return field;
  }

  private plainField(column: number): string {
    unquotedEnd.lastIndex = this.at;
    const end = unquotedEnd.exec(this.text)?.index ?? this.text.length;
    let field = this.text.slice(this.at, end);
    this.at = end;
    if (this.text[end] !== "," && field.endsWith("\r")) field = field.slice(0, -1);
    if (field.includes('"')) throw new RecordFault(column, "a quote must begin a field, and is doubled within it");
    return field;
  }
}

const carriageReturn = 0x0d;
