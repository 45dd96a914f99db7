/** Every bound of the adapters, in one place. */
export interface RpcLimits {
  /** The one timer of all streams; silence is counted in its beats. */
  readonly beatMs: number;
  /** A catalog or a leader that we forward to is dead after so many silent beats. */
  readonly silentBeatsMax: number;
  /** A catalog that has not opened the session after so many beats is given up. */
  readonly openingBeatsMax: number;
  /** A peer that leaves everything unanswered for so many beats gets a new connection. */
  readonly peerSilentBeatsMax: number;
  /** A stream nobody has used for so many beats is closed. */
  readonly idleBeatsMax: number;
  readonly probeBeats: number;
  readonly probeTimeoutMs: number;

  /** Longest a call may ask to live; also what 0 means. */
  readonly callBudgetMs: number;
  /** Calls in one message of a caller. */
  readonly callsPerBatchMax: number;
  /** Answers that a caller has not taken; then it is cut off. */
  readonly unsentReplyBytesMax: number;
  /** Unary calls under way. */
  readonly unaryCallsMax: number;

  readonly voteTimeoutMs: number;
  readonly backOnlineTimeoutMs: number;
  /** Unary calls to one peer at once, and waiting for their turn. */
  readonly peerCallsMax: number;
  readonly peerCallsWaitingMax: number;
  /** Questions of one kind that one peer may have open at this replica. */
  readonly openQuestionsMax: number;
  /** Entries (a message without counts as one) waiting on a stream to one peer. */
  readonly peerQueueEntriesMax: number;
  readonly forwardedCallsMax: number;
  /** Parts of catalog work waiting to be sent. */
  readonly catalogQueueMax: number;
}

export const defaultRpcLimits: RpcLimits = {
  beatMs: 100,
  silentBeatsMax: 4,
  openingBeatsMax: 10,
  peerSilentBeatsMax: 10,
  idleBeatsMax: 100,
  probeBeats: 10,
  probeTimeoutMs: 400,

  callBudgetMs: 3_000,
  callsPerBatchMax: 4_096,
  unsentReplyBytesMax: 64 * 1024 * 1024,
  unaryCallsMax: 4_096,

  voteTimeoutMs: 400,
  backOnlineTimeoutMs: 1_000,
  peerCallsMax: 8,
  peerCallsWaitingMax: 16,
  openQuestionsMax: 64,
  peerQueueEntriesMax: 65_536,
  forwardedCallsMax: 65_536,
  catalogQueueMax: 262_144,
};
