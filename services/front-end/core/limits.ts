/** Everything that has a limit on the order side of a front-end. */
export interface OrderLimits {
  /** What a call may take in all, however often it is re-sent. */
  readonly callTimeoutMs: number;
  /** Nothing heard on the Calls stream for so long: the replica counts as dead. */
  readonly silenceMs: number;
  /**
   * Calls under way and waiting, joined ones included; more are refused. It is what
   * bounds the time that a call waits when more come than the store can do: at 10,000
   * a second less than a second, and at a third of that still less than
   * `callTimeoutMs`, so that no work is wasted on a client who is told 500 by then. It is
   * more than arrives while a leader is replaced.
   */
  readonly callsMax: number;
  /** So many calls that have gathered do not wait for more. */
  readonly gatheredMax: number;
  /** As long as each turn of the event loop brings more calls they wait for the next, for so many turns at most. */
  readonly gatherTurnsMax: number;
  /** Calls in one message (order.proto). */
  readonly batchCallsMax: number;
  /** A call refused after an attempt of unknown outcome rests so long before the next. */
  readonly restMs: number;
  /** Each replica is asked so often while a leader is known. */
  readonly pingIntervalMs: number;
  /** A ping unanswered for so long has failed. */
  readonly pingTimeoutMs: number;
  /** Two pings to one replica are at least so far apart. */
  readonly pingGapMs: number;
  /** Each replica is asked so often while no leader is known. */
  readonly searchIntervalMs: number;
  /** The same after `searchEagerMs` without success, and while the leader does not serve yet. */
  readonly searchSlowIntervalMs: number;
  readonly searchEagerMs: number;
  /** A majority has answered: the last replica is waited for so long before one is nominated. */
  readonly stragglerMs: number;
  /** A nomination that brought no leader by then is over; the next may follow. */
  readonly selectionTimeoutMs: number;
  /** A leader known only from hearsay for so long is reached through the replica that knows it. */
  readonly forwardAfterMs: number;
  /** No leader for so long is worth a line in the log. */
  readonly noLeaderNoticeMs: number;
  /** Between two ticks lies more than this: this process was stopped, the others were not silent. */
  readonly ownPauseMs: number;
}

export const orderLimits: OrderLimits = {
  callTimeoutMs: 3000,
  silenceMs: 400,
  callsMax: 8_192,
  gatheredMax: 256,
  gatherTurnsMax: 4,
  batchCallsMax: 4096,
  restMs: 50,
  pingIntervalMs: 1000,
  pingTimeoutMs: 400,
  pingGapMs: 20,
  searchIntervalMs: 25,
  searchSlowIntervalMs: 100,
  searchEagerMs: 2000,
  stragglerMs: 20,
  selectionTimeoutMs: 500,
  forwardAfterMs: 250,
  noLeaderNoticeMs: 1000,
  ownPauseMs: 150,
};

/** Everything that has a limit on the product side of a front-end. */
export interface ProductLimits {
  /** What a read may take in all. */
  readonly readTimeoutMs: number;
  /** Reads that wait for the catalog; more are refused. */
  readonly readsMax: number;
  /** Items in one message (catalog.proto). */
  readonly batchItemsMax: number;
  /** Products in the cache; the least recently used goes first. 0: no cache. */
  readonly cacheEntriesMax: number;
  /** Nothing heard from the catalog for so long: it is probed. */
  readonly probeAfterMs: number;
  /** A probe unanswered for so long: the stream counts as dead. */
  readonly probeTimeoutMs: number;
  /** Pause before the next attempt to connect. */
  readonly reconnectMs: number;
  /** The catalog is known to be down from here on: reads are refused at once. */
  readonly downAfterMs: number;
  /** A granted lease holds so long from the sending of the echoed acknowledgement. */
  readonly leaseMs: number;
  /** Acknowledgements whose sending time is remembered. */
  readonly acknowledgementsMax: number;
  /** Gained or lost leases are told at most so often. */
  readonly leaseNoticeMs: number;
  /** An invalidation stream that takes a live one's place again within this time is told, and at most so often. */
  readonly supersededNoticeMs: number;
  /** As in OrderLimits. */
  readonly ownPauseMs: number;
}

export const productLimits: ProductLimits = {
  readTimeoutMs: 3000,
  readsMax: 16_384,
  batchItemsMax: 1024,
  cacheEntriesMax: 10_000,
  probeAfterMs: 300,
  probeTimeoutMs: 600,
  reconnectMs: 100,
  downAfterMs: 3000,
  leaseMs: 400,
  acknowledgementsMax: 1024,
  leaseNoticeMs: 5000,
  supersededNoticeMs: 5000,
  ownPauseMs: 150,
};
