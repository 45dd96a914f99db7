import { Acknowledgements } from "../../sim/checks/acknowledgements.ts";
import { CommittedLog } from "../../sim/checks/committed-log.ts";
import { checkStock, stockHistory } from "../../sim/checks/stock-model.ts";
import type { History, Operation } from "../../sim/clients/history.ts";
import type { Rest } from "./rest.ts";

/** What the checkers of the simulator say of a history of real clients. */
export interface HistoryVerdict {
  readonly complaints: readonly string[];
  /** Products whose history is what one stock could have shown, and whose search was given up. */
  readonly linearizable: number;
  readonly undecided: number;
}

/** Most steps only pass over purchases of a toy that is sold out: there are many of them, and they cost little. */
const stepsMax = 20_000_000;

/** `before`: how many of each toy were on hand when the history began, with nothing under way. */
export function checkHistory(
  history: History,
  rest: Rest,
  before: ReadonlyMap<string, number>,
  toys: readonly string[],
): HistoryVerdict {
  const complaints = checkAnswers(history.operations, rest.lines);
  const byToy = new Map<string, Operation[]>(toys.map((toy) => [toy, []]));
  for (const operation of history.operations) {
    if ("product" in operation.request) byToy.get(operation.request.product)?.push(operation);
  }
  let undecided = 0;
  for (const [toy, operations] of byToy) {
    const verdict = checkStock(stockHistory(toy, operations, []), before.get(toy) ?? 0, stepsMax);
    if (verdict === "undecided") undecided++;
    if (verdict === "not linearizable") complaints.push(`no order of events explains what clients saw of ${toy}`);
  }
  return { complaints, linearizable: toys.length - undecided, undecided };
}

/** Every answer against the one committed history. */
function checkAnswers(operations: readonly Operation[], lines: readonly string[]): string[] {
  const complaints: string[] = [];
  const fail = (check: string, message: string): void => void complaints.push(`${check}: ${message}`);
  const committed = new CommittedLog(fail, () => undefined);
  lines.forEach((line, at) => {
    for (const replica of [1, 2, 3]) committed.onSynced(replica, at + 1, line);
  });
  const log = { id: 1, name: "the log", commitIndex: lines.length, line: (index: number) => lines[index - 1] };
  committed.onCommitted(log);
  const answers = new Acknowledgements(committed, fail);
  for (const { operation, isReturn } of events(operations)) {
    if (isReturn) answers.onReturned(operation);
    else answers.onInvoked(operation);
  }
  answers.onEnd();
  return complaints;
}

/** Invocations and returns, in the order in which they happened. */
function events(operations: readonly Operation[]): { at: number; operation: Operation; isReturn: boolean }[] {
  const all = operations.flatMap((operation) => [
    { at: operation.invoked, operation, isReturn: false },
    { at: operation.returned, operation, isReturn: true },
  ]);
  return all.filter(({ at }) => at < Infinity).sort((one, other) => one.at - other.at);
}
