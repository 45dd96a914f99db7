/** Every bound of the catalog, together. */
export const limits = {
  /** Of a product: on hand and reserved together. */
  quantityMax: 2 ** 31 - 1,
  productNameCharactersMax: 128,
  keyCharactersMax: 256,
  storeIdCharactersMax: 128,

  queriesPerMessageMax: 1_024,
  /** Queries that wait for a release, of all callers together. */
  waitingQueriesMax: 65_536,
  reservesPerMessageMax: 4_096,
  /** Settles, returns and reserves together. */
  workPerMessageMax: 65_536,
  /** Reserves that wait for a release. */
  waitingReservesMax: 65_536,
  reservationsMax: 1_048_576,
  /** Changes that wait for the disk; beyond them no work is taken. */
  unsyncedChangesMax: 65_536,

  /** Products named in one Invalidate message. */
  productsPerMessageMax: 4_096,
  /** Messages to one front-end that wait for their acknowledgement; later changes wait to be sent. */
  unacknowledgedMessagesMax: 64,
  /** Messages queued in a stream that its reader does not take. */
  streamMessagesMax: 1_024,

  /** The size of the changes after which a snapshot is taken and the log before it is removed; more, if the snapshot is longer. */
  changesPerSnapshot: 200_000,
  restocksPerTickMax: 1_000,
} as const;

/** Every span of time of the catalog, together. */
export const times = {
  tickMs: 20,
  /** Ticks further apart mean that this process was held up: nobody else is blamed for silence or lateness then. */
  tickLateMs: 150,

  /** A lease, counted from when the message that grants it is sent. */
  leaseMs: 500,
  /** Between messages to a front-end; the contract says at least every 100 ms. */
  frontHeartbeatMs: 70,
  /** A message unacknowledged for longer costs the front-end its next lease. */
  acknowledgeMs: 50,
  /** A message unacknowledged for longer ends the stream. */
  frontSilenceMs: 1_000,
  /** The pause before the next lease: doubles from the least to the most, starts anew after good conduct. */
  pauseMinMs: 100,
  pauseMaxMs: 5_000,
  goodConductMs: 10_000,

  /** Between messages of a session; the contract says at least every 100 ms. */
  sessionHeartbeatMs: 70,
  /** A leader unheard for longer is taken for dead. */
  sessionSilenceMs: 400,

  /** Settles are synced so long after the last sync, unless another change takes them along. */
  settledUnsyncedMs: 100,
} as const;

/** What an operator may set; each in milliseconds or pieces. */
export interface Settings {
  readonly checkpointIntervalMs: number;
  readonly restockIntervalMs: number;
  readonly restockQuantity: number;
}
