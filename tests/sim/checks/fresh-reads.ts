import type { HistoryObserver, Operation } from "../clients/history.ts";
import type { StockChange, StockImage } from "./stock.ts";

type Fail = (check: string, message: string) => void;

interface State {
  readonly version: number;
  readonly onHand: number;
}

/**
 * P5, seen from inside: every read shows a state that the product really had,
 * not undone since, and none older than what any client knew when it asked. (The
 * same as clients see it, without versions: linearizability.ts.)
 */
export class FreshReads implements HistoryObserver {
  /** The states of each product, ascending by version. */
  private readonly states = new Map<string, State[]>();
  /** What has been shown or acknowledged: no later answer may be older. */
  private readonly known = new Map<string, number>();
  private readonly knownAtInvocation = new Map<number, number>();
  private readonly reservedAt = new Map<string, number>();
  private readonly products = new Map<string, { readonly product: string; readonly quantity: number }>();
  private toldVersion = 0;

  constructor(private readonly fail: Fail) {}

  onStart(image: StockImage): void {
    if (image.version < this.toldVersion) {
      this.fail(
        "what was shown is not undone",
        `the catalog starts at change ${image.version}; ${this.toldVersion} was shown`,
      );
    }
    // A reservation that was lost with the power may have had another body under the same key.
    for (const reservation of image.reservations) {
      this.products.set(reservation.key, reservation);
      this.reservedAt.set(reservation.key, reservation.version);
    }
    for (const { name, version, onHand } of image.products) {
      const states = (this.states.get(name) ?? []).filter((state) => state.version < version);
      this.states.set(name, [...states, { version, onHand }]);
    }
  }

  onChange(change: StockChange): void {
    if (change.type === "reserve") {
      this.reservedAt.set(change.key, change.version);
      this.products.set(change.key, change);
      this.add(change.product, change.version, -change.quantity);
    } else if (change.type === "return") {
      const held = this.products.get(change.key);
      if (held !== undefined) this.add(held.product, change.version, held.quantity);
    } else if (change.type === "restock") {
      this.add(change.product, change.version, change.quantity);
    }
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
    if (version > this.toldVersion) this.toldVersion = version;
  }

  private add(product: string, version: number, difference: number): void {
    const states = this.states.get(product) ?? [];
    this.states.set(product, states);
    states.push({ version, onHand: (states.at(-1)?.onHand ?? 0) + difference });
  }
}
