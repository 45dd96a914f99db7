/** An order as the log's text says it; the checks do not share the types of what they check. */
export interface LoggedOrder {
  readonly number: number;
  readonly product: string;
  readonly quantity: number;
  readonly key: string;
}

/** A replica's log as the check reads it. */
export interface LogUnderCheck {
  readonly id: number;
  readonly name: string;
  readonly commitIndex: number;
  /** The text of the line of an index, from 1. */
  line(index: number): string | undefined;
}

type Fail = (check: string, message: string) => void;

const oneHistory = "one committed history";
const majority = 2;

/**
 * The one committed history. Every replica's committed log is a prefix of it,
 * byte by byte; a line enters it only when it is synced on a majority of disks;
 * order numbers run from 0 without gaps; a key is ordered once.
 */
export class CommittedLog {
  /** The history, as lines. */
  readonly lines: string[] = [];
  readonly orders: LoggedOrder[] = [];
  private readonly keys = new Map<string, number>();
  private readonly checked = new Map<number, number>();
  /** Up to where each replica has ever had the committed history synced. */
  private readonly held = new Map<number, number>();
  /** Who has ever synced a line of an index that is not committed yet, as bits. */
  private readonly syncedBy = new Map<number, Map<string, number>>();

  constructor(
    private readonly fail: Fail,
    private readonly onOrder: (order: LoggedOrder) => void,
  ) {}

  orderWithKey(key: string): LoggedOrder | undefined {
    const number = this.keys.get(key);
    return number === undefined ? undefined : this.orders[number];
  }

  onSynced(replica: number, index: number, line: string): void {
    if (index <= this.lines.length) {
      if (this.lines[index - 1] === line) this.holds(replica, index);
      return;
    }
    let copies = this.syncedBy.get(index);
    if (copies === undefined) this.syncedBy.set(index, (copies = new Map<string, number>()));
    copies.set(line, (copies.get(line) ?? 0) | (1 << replica));
  }

  /** A replica has started: what it says is committed is looked at anew. */
  onStarted(replica: number): void {
    this.checked.delete(replica);
  }

  /** A replica counts in majorities from now on, with so many entries synced (P8). */
  onVoter(replica: number, entries: number): void {
    const held = this.held.get(replica) ?? 0;
    if (entries >= held) return;
    this.fail(
      "a voter holds what it once held",
      `replica ${replica} votes with ${entries} entries; it had ${held} committed ones`,
    );
  }

  private holds(replica: number, index: number): void {
    if (index > (this.held.get(replica) ?? 0)) this.held.set(replica, index);
  }

  /** Up to where what a replica says is committed has been looked at. */
  checkedOf(replica: number): number {
    return this.checked.get(replica) ?? 0;
  }

  onCommitted(log: LogUnderCheck): void {
    for (let index = this.checkedOf(log.id) + 1; index <= log.commitIndex; index++) {
      const line = log.line(index);
      const known = this.lines[index - 1];
      if (line === undefined) this.fail(oneHistory, `${log.name} has committed entry ${index}, which it does not hold`);
      else if (known === undefined) this.extend(log, index, line);
      else if (known !== line) {
        this.fail(oneHistory, `${log.name} has committed ${line.trim()} where ${known.trim()} was committed`);
      }
    }
    if (log.commitIndex > this.checkedOf(log.id)) this.checked.set(log.id, log.commitIndex);
  }

  private extend(log: LogUnderCheck, index: number, line: string): void {
    const mask = this.syncedBy.get(index)?.get(line) ?? 0;
    const disks = bits(mask);
    for (let replica = 1; replica < 32; replica++) if ((mask & (1 << replica)) !== 0) this.holds(replica, index);
    if (disks < majority) {
      this.fail(
        "committed means synced on a majority",
        `${log.name} has committed entry ${index}, synced on ${disks} disks`,
      );
    }
    this.syncedBy.delete(index);
    this.lines.push(line);
    const order = parseOrder(line);
    if (order === undefined) return;
    if (order.number !== this.orders.length) {
      this.fail("numbers without gaps", `order ${order.number} follows ${this.orders.length} orders`);
    }
    const earlier = this.keys.get(order.key);
    if (earlier !== undefined) {
      this.fail("at most once per key", `orders ${earlier} and ${order.number} have the key ${order.key}`);
    }
    this.keys.set(order.key, order.number);
    this.orders.push(order);
    this.onOrder(order);
  }
}

/** Names and keys of a simulation have no commas or quotes. */
function parseOrder(line: string): LoggedOrder | undefined {
  const [number = "", product = "", quantity, , , key = ""] = line.split(",");
  return number === "" ? undefined : { number: Number(number), product, quantity: Number(quantity), key };
}

function bits(mask: number): number {
  let count = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) count++;
  return count;
}
