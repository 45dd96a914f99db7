import type { Cell } from "../comparison/cells.ts";
import type { Cost } from "../comparison/cost.ts";
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
    header: ["requests/s (p50, p99)", ...result.connections.map(columnOf)],
    rows: result.peers.map((peer) => [
      peer.title,
      ...result.connections.map((connections) => describe(find(result, name, connections, peer.name))),
    ]),
  }));
}

/** What a purchase costs each process, a row each; the connections are those of the columns. */
export function costTable(result: ComparisonResult): Table {
  const rows = result.peers.flatMap(({ name, title }) => {
    const processes = new Set(result.costs.filter(({ peer }) => peer === name).map((cost) => cost.process));
    return [...processes].map((process) => [
      `${title}: ${process}`,
      ...result.connections.map((connections) =>
        describeCost(
          result.costs.find(
            (cost) => cost.peer === name && cost.process === process && cost.connections === connections,
          ),
        ),
      ),
    ]);
  });
  return {
    title: "What a purchase of the hot product costs",
    header: ["CPU; purchases per sync; in a batch that it is sent", ...result.connections.map(columnOf)],
    rows,
  };
}

function columnOf(connections: number): string {
  return connections === 1 ? "1 connection" : `${connections} connections`;
}

function describeCost(cost: Cost | undefined): string {
  if (cost === undefined) return "";
  const { cpuUs, purchasesPerSync, purchasesPerBatch } = cost;
  const syncs = purchasesPerSync === undefined ? "not counted" : purchasesPerSync === 0 ? "-" : `${purchasesPerSync}`;
  const batches = purchasesPerBatch === undefined ? "" : `; ${purchasesPerBatch} a batch`;
  return `${formatMicros(cpuUs)}; ${syncs}${batches}`;
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
