/** Every bound of a replica, in one place. Times are in ms of monotonic time. */
export interface Limits {
  /** The driver's tick: the grain of every timeout. */
  readonly tickMs: number;
  readonly heartbeatMs: number;
  /** A leader's partner that leaves a batch unanswered for so long loses its place: see leadership.ts. */
  readonly partnerPatienceMs: number;
  /** A leader heard within this time is alive; a leader that hears no majority for it steps down. */
  readonly leaseMs: number;
  /** A round of an election that has no majority by then has failed. */
  readonly voteRoundMs: number;
  /** After a refusal the first round ends so soon; each later one takes twice as long, up to its end. */
  readonly voteRefusedMs: number;
  /** A failed round is repeated after a random pause of this range. */
  readonly voteRetryLowMs: number;
  readonly voteRetryHighMs: number;
  /** A nominee gives up after this time; front-ends nominate again. */
  readonly nominationMs: number;
  /** BackOnline is repeated at this pace to peers that have not answered. */
  readonly backOnlineMs: number;
  /** A replica without data that has not heard all it needs by then tells the operator what it waits for. */
  readonly lonelyNoticeMs: number;
  /** Missing entries of which no range has come for so long are asked for again. */
  readonly missingTimeoutMs: number;
  readonly catalogRetryMs: number;
  /** A leader whose session is not open for so long looks for a replica that can reach the catalog. */
  readonly catalogPatienceMs: number;
  /** A session is refused by the catalog's state, not by chance: asking again soon is no use. */
  readonly catalogRefusedMs: number;
  readonly handOverMs: number;
  /** Deadlines of purchases at a leader are looked at so often. Look-ups have none here: who asks stops waiting. */
  readonly expiryMs: number;
  readonly callBudgetMs: number;
  /** A purchase is given up so long before its caller stops waiting, so that the answer still arrives. */
  readonly answerMarginMs: number;

  /** Callers that wait for purchases under way at a leader. */
  readonly purchasesMax: number;
  /** Look-ups that wait for a confirmation or a purchase; as many wait for the disk. */
  readonly lookupsMax: number;
  /** Front-ends whose last attempt a leader remembers. */
  readonly frontEndsMax: number;
  /** Calls passed on to the leader and not yet answered. */
  readonly forwardsMax: number;
  readonly batchEntriesMax: number;
  /**
   * Entries kept in memory, up to twice as many at times; all that are not committed are among them. A replica that
   * has just started keeps what it recovered, `cutEntriesMax`, until it knows of a commit.
   */
  readonly tailEntriesMax: number;
  /** Committed orders whose product and quantity are kept in memory, in ten bytes each: the last ones. */
  readonly recentOrdersMax: number;
  /** Names of products among them, at most 65,536; with one more they are all forgotten. */
  readonly recentNamesMax: number;
  /** A look-up brings no more neighbours than have so many UTF-16 units in the names of their products together. */
  readonly groupUnitsMax: number;
  /** A range, of which one leaves in a tick. With names and keys of full length it stays within 1 MiB. */
  readonly missingEntriesMax: number;
  /** Entries asked for at once; they come as ranges, one after the other. */
  readonly missingWindowMax: number;
  /** A follower asks for no more while so many fetched entries are not durable. */
  readonly missingBacklogMax: number;
  readonly reservesMax: number;
  readonly settlesMax: number;
  /** P4: keys of so many last orders are remembered, also when entries are cut: up to `cutEntriesMax` of them. */
  readonly keysMax: number;
  /**
   * No cut takes more: before a leader appends orders, all that came before its own opening is committed, so there
   * are `purchasesMax` uncommitted orders at most, and the openings of leaders that got no further.
   */
  readonly cutEntriesMax: number;
}

export const defaultLimits: Limits = {
  tickMs: 10,
  heartbeatMs: 50,
  partnerPatienceMs: 50,
  leaseMs: 500,
  voteRoundMs: 300,
  voteRefusedMs: 20,
  voteRetryLowMs: 20,
  voteRetryHighMs: 100,
  nominationMs: 1000,
  backOnlineMs: 200,
  lonelyNoticeMs: 2000,
  missingTimeoutMs: 1000,
  catalogRetryMs: 100,
  catalogPatienceMs: 1000,
  catalogRefusedMs: 1000,
  handOverMs: 500,
  expiryMs: 50,
  callBudgetMs: 3000,
  answerMarginMs: 150,

  purchasesMax: 16_384,
  lookupsMax: 16_384,
  frontEndsMax: 4_096,
  forwardsMax: 16_384,
  batchEntriesMax: 4_096,
  tailEntriesMax: 16_384,
  recentOrdersMax: 1_048_576,
  recentNamesMax: 65_536,
  groupUnitsMax: 1_024,
  missingEntriesMax: 896,
  missingWindowMax: 16_384,
  missingBacklogMax: 8_192,
  reservesMax: 4_096,
  settlesMax: 4_096,
  keysMax: 1_000_000,
  cutEntriesMax: 65_536,
};
