import type { Cell } from "../comparison/cells.ts";
import type { ComparisonResult } from "../comparison/result.ts";
import { formatCount, formatMicros } from "./units.ts";

export interface Table {
  readonly title: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A table for each kind of work: a row for each peer, columns for each number of connections. */
export function rateTables(result: ComparisonResult): Table[] {
  return result.works.map(({ name, title }) => ({
    title,
    header: ["requests/s (p50, p99)", ...result.connections.map((connections) => `${connections} connections`)],
    rows: result.peers.map((peer) => [
      peer.title,
      ...result.connections.map((connections) => describe(find(result, name, connections, peer.name))),
    ]),
  }));
}

function find(result: ComparisonResult, work: string, connections: number, peer: string): Cell | undefined {
  return result.cells.find((cell) => cell.work === work && cell.connections === connections && cell.peer === peer);
}

function describe(cell: Cell | undefined): string {
  if (cell === undefined) return "";
  const { rate, p50Us, p99Us, failures } = cell;
  const spread = Math.round(((rate.high - rate.low) / 2 / rate.median) * 100);
  const failed = failures === 0 ? "" : `, ${formatCount(failures)} FAILED`;
  return `${formatCount(rate.median)} ±${spread} % (${formatMicros(p50Us)}, ${formatMicros(p99Us)})${failed}`;
}
