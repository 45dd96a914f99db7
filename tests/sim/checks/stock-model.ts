import type { Operation } from "../clients/history.ts";
import { checkHistory, type Model, type Timed, type Verdict } from "./linearizability.ts";

/** What happens to the stock of one product. */
export type StockOp =
  | { readonly type: "read"; readonly quantity: number }
  | { readonly type: "buy"; readonly quantity: number }
  | { readonly type: "out-of-stock"; readonly quantity: number }
  | { readonly type: "restock"; readonly quantity: number }
  /** A purchase that was not acknowledged takes its stock... */
  | { readonly type: "take"; readonly purchase: number; readonly quantity: number }
  /** ... and gives it back. */
  | { readonly type: "give"; readonly purchase: number; readonly quantity: number };

interface Stock {
  readonly onHand: number;
  /** Purchases that have taken and not given back, ascending. */
  readonly taken: readonly number[];
}

/** The stock of one product, as clients may see it. */
function stockModel(quantity: number): Model<Stock, StockOp> {
  return {
    initial: { onHand: quantity, taken: [] },
    key: ({ onHand, taken }) => `${onHand}:${taken.join(",")}`,
    step(stock, op) {
      const { onHand, taken } = stock;
      switch (op.type) {
        case "read":
          return op.quantity === onHand ? stock : undefined;
        case "buy":
          return op.quantity <= onHand ? { onHand: onHand - op.quantity, taken } : undefined;
        case "out-of-stock":
          return op.quantity > onHand ? stock : undefined;
        case "restock":
          return { onHand: onHand + op.quantity, taken };
        case "take":
          if (op.quantity > onHand) return undefined;
          return { onHand: onHand - op.quantity, taken: [...taken, op.purchase].sort((a, b) => a - b) };
        case "give":
          if (!taken.includes(op.purchase)) return undefined;
          return { onHand: onHand + op.quantity, taken: taken.filter((one) => one !== op.purchase) };
        default:
          return undefined;
      }
    },
  };
}

/** A restock, as the catalog decided it. */
export interface Restock {
  readonly product: string;
  readonly quantity: number;
  /** In the order of the clients' invocations and answers. */
  readonly at: number;
}

/**
 * The history of one product as operations on its stock. Attempts with one key
 * are one purchase, which begins with the first. Each purchase may, besides,
 * have taken stock and given it back: a leader that fell before it had the order
 * in its log leaves a reservation to its successor, which returns it. With
 * `operationsMax`: undefined if it has more.
 */
export function stockHistory(
  product: string,
  operations: readonly Operation[],
  restocks: readonly Restock[],
): Timed<StockOp>[];
export function stockHistory(
  product: string,
  operations: readonly Operation[],
  restocks: readonly Restock[],
  operationsMax: number,
): Timed<StockOp>[] | undefined;
export function stockHistory(
  product: string,
  operations: readonly Operation[],
  restocks: readonly Restock[],
  operationsMax = Infinity,
): Timed<StockOp>[] | undefined {
  const timed: Timed<StockOp>[] = [];
  const purchases = new Map<string, Operation[]>();
  for (const operation of operations) {
    const { request, answer, invoked, returned } = operation;
    if (request.type === "read" && request.product === product && answer?.type === "stock") {
      timed.push({ op: { type: "read", quantity: answer.quantity }, invoked, returned });
    } else if (request.type === "buy" && request.product === product) {
      // With another quantity it is another purchase, whatever its key.
      const name = `${request.key} ${request.quantity}`;
      const attempts = purchases.get(name);
      if (attempts === undefined) purchases.set(name, [operation]);
      else attempts.push(operation);
    }
    // Each purchase is two operations at least.
    if (timed.length + 2 * purchases.size > operationsMax) return undefined;
  }
  for (const { product: restocked, quantity, at } of restocks) {
    if (restocked === product) timed.push({ op: { type: "restock", quantity }, invoked: at, returned: Infinity });
  }
  let purchase = 0;
  for (const attempts of purchases.values()) timed.push(...purchaseOps(++purchase, attempts));
  return timed.length > operationsMax ? undefined : timed;
}

function purchaseOps(purchase: number, attempts: readonly Operation[]): Timed<StockOp>[] {
  const [first] = attempts;
  if (first?.request.type !== "buy") return [];
  const { quantity } = first.request;
  const { invoked } = first;
  const ops: Timed<StockOp>[] = [];
  const bought = attempts.filter(({ answer }) => answer?.type === "bought").map(({ returned }) => returned);
  if (bought.length > 0) ops.push({ op: { type: "buy", quantity }, invoked, returned: Math.min(...bought) });
  for (const { answer, invoked: asked, returned } of attempts) {
    if (answer?.type === "out-of-stock") ops.push({ op: { type: "out-of-stock", quantity }, invoked: asked, returned });
  }
  ops.push({ op: { type: "take", purchase, quantity }, invoked: invoked + 0.25, returned: Infinity });
  ops.push({ op: { type: "give", purchase, quantity }, invoked: invoked + 0.5, returned: Infinity });
  return ops;
}

/** Most histories take a few steps for each operation. */
const usualStepsMax = 20_000;

/** Whether what clients saw of one product is what one stock could have shown them. */
export function checkStock(history: readonly Timed<StockOp>[], quantity: number, stepsMax = usualStepsMax): Verdict {
  return checkHistory(stockModel(quantity), history, stepsMax);
}
