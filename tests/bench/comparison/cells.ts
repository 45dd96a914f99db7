import { type LoadReport, rateOf } from "../load/load.ts";
import { median, type Spread, spreadOf } from "../samples.ts";
import { type CellKey, cellName } from "./plan.ts";

/** A summary of one cell, as it is kept as JSON. */
export interface Cell extends CellKey {
  /** Requests a second, over the rounds. */
  readonly rate: Spread;
  readonly p50Us: number;
  readonly p99Us: number;
  /** Replies of status 400 or more, broken connections and timeouts, over all rounds. */
  readonly failures: number;
  /** The generator's share of one core, at most. */
  readonly generatorCores: number;
}

/** Every turn of every peer. */
export class Cells {
  private readonly reports = new Map<string, { readonly key: CellKey; readonly rounds: LoadReport[] }>();

  add(key: CellKey, report: LoadReport): void {
    const name = cellName(key);
    const cell = this.reports.get(name) ?? { key, rounds: [] };
    cell.rounds.push(report);
    this.reports.set(name, cell);
  }

  /** Undefined: not measured. */
  p50Us(key: CellKey): number | undefined {
    const rounds = this.rounds(key);
    return rounds.length === 0 ? undefined : median(rounds.map((report) => report.p50Us));
  }

  /**
   * What a ratio was in each round: peers take turns, so what slows the machine
   * for a while slows both sides of most of these. Undefined: not measured.
   */
  ratio(above: CellKey, below: CellKey, of: (report: LoadReport) => number = rateOf): Spread | undefined {
    const others = this.rounds(below);
    const ratios = this.rounds(above).flatMap((report, round) => {
      const other = others[round];
      return other === undefined ? [] : [of(report) / of(other)];
    });
    return ratios.length === 0 ? undefined : spreadOf(ratios);
  }

  /** p99 / p50 of each round. */
  tail(key: CellKey): Spread | undefined {
    const rounds = this.rounds(key);
    return rounds.length === 0 ? undefined : spreadOf(rounds.map(({ p99Us, p50Us }) => p99Us / p50Us));
  }

  summary(): Cell[] {
    return [...this.reports.values()].map(({ key, rounds }) => ({ ...key, ...summarise(rounds) }));
  }

  private rounds(key: CellKey): readonly LoadReport[] {
    return this.reports.get(cellName(key))?.rounds ?? [];
  }
}

function summarise(rounds: readonly LoadReport[]): Omit<Cell, keyof CellKey> {
  const { median: middle, low, high } = spreadOf(rounds.map(rateOf));
  return {
    rate: { median: Math.round(middle), low: Math.round(low), high: Math.round(high) },
    p50Us: Math.round(median(rounds.map(({ p50Us }) => p50Us))),
    p99Us: Math.round(median(rounds.map(({ p99Us }) => p99Us))),
    failures: rounds.reduce((sum, { failures }) => sum + failures, 0),
    generatorCores: Number(Math.max(...rounds.map(({ generatorCores }) => generatorCores)).toFixed(2)),
  };
}
