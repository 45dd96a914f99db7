import type { HistoryObserver, Operation } from "../clients/history.ts";

type Fail = (check: string, message: string) => void;

interface State {
  readonly version: number;
  readonly onHand: number;
}

/**
 * P5, seen from inside: every read shows a state that the product really had,
 * and none older than what any client knew when it asked. (The same as clients see
 * it, without versions and across restarts: linearizability.ts.)
 */
export class FreshReads implements HistoryObserver {
  /** The states of each product, ascending by version. */
  private readonly states = new Map<string, State[]>();
  /** What has been shown or acknowledged: no later answer may be older. */
  private readonly known = new Map<string, number>();
  private readonly knownAtInvocation = new Map<number, number>();
  private readonly reservedAt = new Map<string, number>();

  constructor(private readonly fail: Fail) {}

  onStock(product: string, version: number, onHand: number): void {
    const states = this.states.get(product);
    if (states === undefined) this.states.set(product, [{ version, onHand }]);
    else states.push({ version, onHand });
  }

  onReserved(key: string, version: number): void {
    this.reservedAt.set(key, version);
  }

  onInvoked({ id, request }: Operation): void {
    if (request.type === "read") this.knownAtInvocation.set(id, this.known.get(request.product) ?? 0);
  }

  onReturned({ id, client, request, answer }: Operation): void {
    if (request.type === "buy" && answer?.type === "bought")
      this.learn(request.product, this.reservedAt.get(request.key) ?? 0);
    if (request.type !== "read" || answer?.type !== "stock") return;
    const { product } = request;
    const { version, quantity, cached } = answer;
    const known = this.knownAtInvocation.get(id) ?? 0;
    this.knownAtInvocation.delete(id);
    const how = cached ? "from the cache" : "from the catalog";
    if (version < known) {
      this.fail(
        "no stale read",
        `${client} read ${product} ${how} as of change ${version}; change ${known} was known before`,
      );
    }
    const state = this.states.get(product)?.findLast((one) => one.version <= version);
    if (state?.version !== version || state.onHand !== quantity) {
      const had = state === undefined ? "nothing" : `${state.onHand} as of ${state.version}`;
      this.fail(
        "a read shows what was",
        `${client} read ${quantity} of ${product} ${how} as of ${version}; it had ${had}`,
      );
    }
    this.learn(product, version);
  }

  private learn(product: string, version: number): void {
    if (version > (this.known.get(product) ?? 0)) this.known.set(product, version);
  }
}
