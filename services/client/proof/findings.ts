import type { Order } from "../store-api.ts";

/** An order that the store acknowledged, and the key that it was made with. */
export interface Acknowledged extends Order {
  readonly key: string;
}

/** A promise of the store that was broken, with what proves it. `at` is the front-end that said so. */
export type Finding =
  | { readonly type: "lost"; readonly order: Acknowledged; readonly at: string }
  | { readonly type: "changed"; readonly order: Acknowledged; readonly shown: Order; readonly at: string }
  | { readonly type: "duplicate"; readonly first: Acknowledged; readonly second: Acknowledged }
  | { readonly type: "twice"; readonly order: Acknowledged; readonly shown: Order; readonly at: string }
  | { readonly type: "wrong key"; readonly key: string; readonly wanted: string; readonly shown: Order }
  | { readonly type: "gap"; readonly number: number; readonly above: number; readonly at: string }
  | { readonly type: "foreign"; readonly shown: Order; readonly at: string }
  | { readonly type: "stock"; readonly account: StockAccount }
  | { readonly type: "wrong product"; readonly asked: string; readonly shown: string }
  | { readonly type: "stale stock"; readonly name: string; readonly expected: number; readonly shown: number };

/** The stock of one product, before and after a run. */
export interface StockAccount {
  readonly name: string;
  readonly before: number;
  /** Units that the run's orders took, and those of other buyers' orders among them. */
  readonly sold: number;
  readonly after: number;
  /** The front-end that showed `after`. */
  readonly at: string;
  /** What one restock adds, and how many there can have been at most. */
  readonly restockQuantity: number;
  readonly restocksMax: number;
}

/** Evidence that is kept; the rest is only counted. */
export const findingsKeptMax = 100;

/** The first findings in full, all of them counted. */
export class FindingList {
  readonly kept: Finding[] = [];
  count = 0;

  add(finding: Finding): void {
    this.count++;
    if (this.kept.length < findingsKeptMax) this.kept.push(finding);
  }

  /** Adds those of another list, of which perhaps not all were kept. */
  addAll(findings: readonly Finding[], count: number): void {
    for (const finding of findings) this.add(finding);
    this.count += count - findings.length;
  }
}

/** One line for people: what was promised and what was seen instead. */
export function describeFinding(finding: Finding): string {
  switch (finding.type) {
    case "lost":
      return `lost: ${describe(finding.order)} was acknowledged, and ${finding.at} says that there is no such order`;
    case "changed":
      return `changed: ${describe(finding.order)} was acknowledged, and at ${finding.at} reads back as ${order(finding.shown)}`;
    case "duplicate":
      return `duplicate: number ${finding.first.number} was given to two purchases, ${describe(finding.first)} and ${describe(finding.second)}`;
    case "twice":
      return `twice: ${describe(finding.order)} was acknowledged, and ${finding.at} has the same key as ${order(finding.shown)}`;
    case "wrong key":
      return `wrong order: key ${finding.key} was sent with ${finding.wanted}, and made ${order(finding.shown)}`;
    case "gap":
      return `gap: order ${finding.number} does not exist at ${finding.at}, and order ${finding.above} does`;
    case "foreign":
      return `sold twice: nobody else buys, and ${finding.at} has ${order(finding.shown)}, which no purchase of this run was given`;
    case "stock":
      return describeStock(finding.account);
    case "wrong product":
      return `wrong product: ${finding.asked} was asked for, and ${finding.shown} was shown`;
    case "stale stock":
      return `stale stock: after this session's own purchase ${finding.name} must stand at ${finding.expected}, and ${finding.shown} was shown`;
  }
}

function describeStock(account: StockAccount): string {
  const { name, before, sold, after, restockQuantity, restocksMax } = account;
  const had = `${name} stood at ${before}, ${sold} were sold`;
  const restocked = `with 0 to ${restocksMax} restocks of ${restockQuantity}`;
  const word = before - sold < after ? "oversold" : "stock vanished";
  return `${word}: ${had}, and ${after} are left at ${account.at}; ${restocked} that cannot be`;
}

function describe(acknowledged: Acknowledged): string {
  return `${order(acknowledged)} [key ${acknowledged.key}]`;
}

function order({ number, name, quantity }: Order): string {
  return `order ${number} (${quantity} ${name})`;
}
