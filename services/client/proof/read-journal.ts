import { readFileSync } from "node:fs";
import { z } from "zod";
import { type JournalHead, journalVersion } from "./journal.ts";

/** One purchase as the journal knows it. */
export interface Purchase {
  readonly key: string;
  readonly name: string;
  readonly quantity: number;
  outcome: Outcome;
}

export type Outcome =
  | { readonly type: "acknowledged"; readonly number: number; readonly attempts: number }
  | { readonly type: "refused"; readonly attempts: number }
  /** Unknown to the client, or never written because the client ended before. */
  | { readonly type: "unknown" };

export interface JournalContent {
  readonly head: JournalHead;
  /** By key, in the order of the intents. */
  readonly purchases: ReadonlyMap<string, Purchase>;
  /** Lines that make no sense: cut off by the end of a process, or damaged. */
  readonly unreadableLines: readonly number[];
}

const count = z.number().int();
const head = z.object({
  toystoreJournal: z.literal(journalVersion),
  targets: z.array(z.string()).min(1),
  startedAt: z.number(),
  exclusive: z.boolean(),
  restockQuantity: count,
  restockIntervalS: z.number(),
  lastNumber: count.optional(),
  stock: z.record(z.string(), count),
});

/** The journal in a file, or why it cannot be used. */
export function readJournal(path: string): JournalContent | { readonly problem: string } {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    return { problem: `the journal cannot be read: ${(error as Error).message}` };
  }
  const [first = "", ...rest] = text.trimStart().split("\n");
  const parsed = head.safeParse(parseJson(first));
  if (!parsed.success) return { problem: `${path} is not a journal that this client understands (its first line)` };
  const { toystoreJournal: _, lastNumber, ...known } = parsed.data;
  const purchases = new Map<string, Purchase>();
  const unreadableLines: number[] = [];

  rest.forEach((line, index) => {
    if (line !== "" && !take(purchases, parseJson(line))) unreadableLines.push(index + 2);
  });
  return { head: { ...known, lastNumber }, purchases, unreadableLines };
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    // Not JSON: a line that was cut off; the caller counts it.
    return undefined;
  }
}

/** Puts one line's news into `purchases`; false if the line makes no sense. */
function take(purchases: Map<string, Purchase>, line: unknown): boolean {
  if (!Array.isArray(line)) return false;
  const [kind, key, second, third] = line as unknown[];
  if (typeof key !== "string") return false;
  if (kind === "buy") {
    if (typeof second !== "string" || !isCount(third)) return false;
    purchases.set(key, { key, name: second, quantity: third, outcome: { type: "unknown" } });
    return true;
  }
  const purchase = purchases.get(key);
  if (purchase === undefined) return false;
  if (kind === "order" && isCount(second) && isCount(third)) {
    purchase.outcome = { type: "acknowledged", number: second, attempts: third };
  } else if (kind === "refused" && isCount(second)) {
    purchase.outcome = { type: "refused", attempts: second };
  } else return kind === "unknown";
  return true;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
