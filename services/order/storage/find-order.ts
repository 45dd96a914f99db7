import type { Order, OrderNumber } from "../core/types.ts";
import { checkLine, decodeLine, type LogPoint, statedChecksum } from "./codec.ts";

const newline = 10;

/**
 * The order with this number among the lines of a block that begins at `from`.
 * Its own line is verified, against the checksum that the line above states;
 * the others are not looked at. Undefined: it is not here as it was written.
 */
export function findOrder(bytes: Buffer, from: LogPoint, number: OrderNumber): Order | undefined {
  const start = lineOf(bytes, number);
  const end = bytes.indexOf(newline, start);
  if (start < 0 || end < 0) return undefined;
  const chain = start === 0 ? from.chain : statedChecksum(bytes, start - 1);
  if (checkLine(bytes, start, end, chain) < 0) return undefined;
  return decodeLine(bytes, start, end)?.order;
}

/** Where a line begins with this number; -1: nowhere. No field holds a newline. */
function lineOf(bytes: Buffer, number: OrderNumber): number {
  const field = `${number},`;
  if (bytes.toString("latin1", 0, field.length) === field) return 0;
  const at = bytes.indexOf(`\n${field}`);
  return at < 0 ? -1 : at + 1;
}
