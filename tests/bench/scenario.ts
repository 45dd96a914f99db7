/** One measured figure, as it stands in a table. */
export interface Figure {
  /** In words, with what was measured and under which load: "start with 10 million orders". */
  readonly what: string;
  /** With its unit: "1.4 s". */
  readonly value: string;
  /** As the issue asks, in words; undefined: for information. */
  readonly target?: string;
  /** Is the target met? Undefined when there is none. */
  readonly met?: boolean;
}

/** What a scenario found; written as JSON, so everything in it is text or truth. */
export interface ScenarioResult {
  readonly title: string;
  readonly figures: readonly Figure[];
  /** Whole sentences for the reader: conditions, causes of what falls short. */
  readonly notes: readonly string[];
}

/** A story with figures of its own, run by `bun run bench --scenario NAME`. */
export interface Scenario {
  /** As given on the command line: lower case, with dashes. */
  readonly name: string;
  readonly title: string;
  /**
   * Starts what it needs, measures, and ends it again, also when it fails.
   * Progress goes to `say`, a line at a time. Rejects only when it could not
   * measure: a missed target is a figure with `met: false`.
   */
  run(say: (line: string) => void): Promise<ScenarioResult>;
}
