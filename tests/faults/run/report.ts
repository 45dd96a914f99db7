import { cpus } from "node:os";
import type { EpisodeOutcome, FaultOutcome } from "./episode.ts";
import { median, type Stall } from "./stalls.ts";
import { complaintsOf, type GroupOutcome } from "./suite.ts";

const generated = "<!-- Written by `bun run faults`; do not edit. -->";

/** docs/faults.md: what every fault may cost, and what it did cost. */
export function formatReport(groups: readonly GroupOutcome[], stalls: readonly Stall[]): string {
  return [
    generated,
    "# Real faults on real processes",
    "",
    "`bun run faults` hurts a store of real processes while shoppers buy, read and look up at two front-ends. Each fault",
    "has a row in one table in code (`tests/faults/table`) that says what it may cost clients; anything more is a failure.",
    "After each group the store comes to rest, and the checkers of the simulator hold the whole recorded history against",
    "the files: acknowledged orders, numbers, keys, stock, linearizability of reads and purchases.",
    "",
    "    bun run faults                      # everything, and this page",
    "    bun run faults --only partitions    # one group",
    "    bun run faults --soak --minutes 30  # all of it at random, also two at once",
    "",
    `Machine: ${cpus().length} cores shared with all processes and the load; Bun ${Bun.version}.`,
    "",
    ...formatStalls(stalls),
    ...groups.flatMap(formatGroup),
  ].join("\n");
}

/** The longest that a client waits when the leader goes, as a table. */
export function formatStalls(stalls: readonly Stall[]): string[] {
  if (stalls.length === 0) return [];
  const rows = stalls.map(({ name, targetMs, longestMs, errors }) => {
    const shown = [median(longestMs), longestMs[0] ?? Number.NaN, longestMs.at(-1) ?? Number.NaN].map(Math.round);
    return `| ${[name, targetMs, ...shown, longestMs.length, errors].join(" | ")} |`;
  });
  return [
    "## The longest wait of a client when the leader goes (ms)",
    "",
    "| event | target | median | best | worst | runs | errors |",
    "|---|---|---|---|---|---|---|",
    ...rows,
    "",
  ];
}

function formatGroup({ group, episode }: GroupOutcome): string[] {
  const title = `## ${group[0]?.toUpperCase()}${group.slice(1)}`;
  if (episode === undefined) return [title, "", "Not run: this machine lacks what it needs (root, ip, unshare).", ""];
  const rows = tally(episode.faults).map(
    ({ name, cost, runs, longestMs, troubles, failures }) =>
      `| ${[name, cost, runs, Math.round(longestMs), troubles, failures === 0 ? "kept" : "**broken**"].join(" | ")} |`,
  );
  return [
    title,
    "",
    "| fault | may cost | runs | longest wait (ms) | failed requests | promises |",
    "|---|---|---|---|---|---|",
    ...rows,
    "",
    describeHistory(episode),
    "",
  ];
}

export function describeHistory(episode: EpisodeOutcome): string {
  const { operations, orders, linearizable, undecided } = episode;
  const complaints = complaintsOf(episode);
  const verdict = complaints.length === 0 ? "every promise kept" : `${complaints.length} promises broken`;
  const open = undecided === 0 ? "" : `, ${undecided} undecided`;
  return `${operations.toLocaleString("en")} requests, ${orders.toLocaleString("en")} orders in the log, ${linearizable} products linearizable${open}: ${verdict}.`;
}

interface Tally {
  readonly name: string;
  readonly cost: string;
  runs: number;
  longestMs: number;
  troubles: number;
  failures: number;
}

/** The outcomes of each fault together. */
export function tally(outcomes: readonly FaultOutcome[]): Tally[] {
  const tallies = new Map<string, Tally>();
  for (const { fault, longestMs, troubles, complaints } of outcomes) {
    const { name, cost } = fault;
    const one = tallies.get(name) ?? { name, cost, runs: 0, longestMs: 0, troubles: 0, failures: 0 };
    tallies.set(name, one);
    one.runs++;
    one.longestMs = Math.max(one.longestMs, longestMs);
    one.troubles += Object.values(troubles).reduce((sum, times) => sum + times, 0);
    if (complaints.length > 0) one.failures++;
  }
  return [...tallies.values()];
}
