import { firstOfGroup, type Order, type OrderNumber, ordersPerRead } from "../core/types.ts";
import { checkLine, decodeLine, type LogPoint, statedChecksum } from "./codec.ts";

const newline = 10;

/**
 * The order with this number among the lines of a block that begins at `from`, and
 * what else the block holds of its group. Each of these lines, and the one behind
 * them, is verified against the checksum that the line above states; the others are
 * not looked at. Undefined: something here is not as it was written.
 */
export function findGroup(bytes: Buffer, from: LogPoint, number: OrderNumber): Order[] | undefined {
  const first = firstOfGroup(number, ordersPerRead);
  const group: Order[] = [];
  for (let start = lineOf(bytes, Math.max(first, from.orders)); start >= 0; ) {
    const end = bytes.indexOf(newline, start);
    if (end < 0) break;
    const chain = start === 0 ? from.chain : statedChecksum(bytes, start - 1);
    const entry = checkLine(bytes, start, end, chain) < 0 ? undefined : decodeLine(bytes, start, end);
    if (entry === undefined) return undefined;
    if (entry.order !== undefined && entry.order.number >= first + ordersPerRead) break;
    if (entry.order !== undefined) group.push(entry.order);
    start = end + 1;
  }
  return group.some((order) => order.number === number) ? group : undefined;
}

/** Where a line begins with this number; -1: nowhere. No field holds a newline. */
function lineOf(bytes: Buffer, number: number): number {
  const field = `${number},`;
  if (bytes.toString("latin1", 0, field.length) === field) return 0;
  const at = bytes.indexOf(`\n${field}`);
  return at < 0 ? -1 : at + 1;
}
