import fc from "fast-check";
import type {
  BackOnline,
  BackOnlineReply,
  Call,
  CatalogWork,
  Entry,
  LogIndex,
  LogPosition,
  MissingReply,
  MissingRequest,
  Order,
  OrderNumber,
  PeerPosition,
  Propagate,
  PropagateReply,
  ReplicaId,
  Reserve,
  Term,
  VoteReply,
  VoteRequest,
} from "../../../services/order/core/types.ts";

// Core values as they may be, the edges of the ranges among them.

const count = fc.oneof(fc.constantFrom(0, 1, 2 ** 32, Number.MAX_SAFE_INTEGER), fc.maxSafeNat());
const index = count as fc.Arbitrary<LogIndex>;
const term = count as fc.Arbitrary<Term>;
const position: fc.Arbitrary<LogPosition> = fc.record({ index, term });
const key = fc.string({
  unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
  minLength: 1,
  maxLength: 132,
});
const product = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 });
const quantity = fc.oneof(fc.constantFrom(1, 2 ** 31 - 1), fc.integer({ min: 1, max: 2 ** 31 - 1 }));

export const order: fc.Arbitrary<Order> = fc.record({
  number: count as fc.Arbitrary<OrderNumber>,
  product,
  quantity,
  key,
});

const entryBody = fc.record({ term, order: fc.option(order, { nil: undefined }) });

const batchMax = 5;

/** Of an entry that a batch follows, whose indexes are exact, too. */
const before: fc.Arbitrary<LogPosition> = fc.record({
  index: count.map((at) => Math.min(at, Number.MAX_SAFE_INTEGER - batchMax) as LogIndex),
  term,
});

/** Consecutive entries from `previous` + 1 on. */
function entriesAfter(previous: LogPosition): fc.Arbitrary<Entry[]> {
  const number = (at: number): LogIndex => (previous.index + 1 + at) as LogIndex;
  return fc
    .array(entryBody, { maxLength: batchMax })
    .map((bodies) => bodies.map((body, at) => ({ index: number(at), ...body })));
}

export const propagate: fc.Arbitrary<Propagate> = before.chain((previous) =>
  fc.record({
    type: fc.constant("propagate" as const),
    term,
    previous: fc.constant(previous),
    entries: entriesAfter(previous),
    commitIndex: index,
    sequence: count,
  }),
);

export const propagateReply: fc.Arbitrary<PropagateReply> = fc.record({
  type: fc.constant("propagate-reply" as const),
  term,
  sequence: count,
  durableIndex: index,
  gap: fc.boolean(),
  voter: fc.boolean(),
  catalogReachable: fc.boolean(),
});

export const voteRequest: fc.Arbitrary<VoteRequest> = fc.record({
  type: fc.constant("vote-request" as const),
  term,
  last: position,
  preVote: fc.boolean(),
  consentTerm: term,
});

export const voteReply: fc.Arbitrary<VoteReply> = fc.record({
  type: fc.constant("vote-reply" as const),
  term,
  refusal: fc.constantFrom("behind", "leader-alive", "term", "joining", undefined),
  requestTerm: term,
  preVote: fc.boolean(),
});

export const missingRequest: fc.Arbitrary<MissingRequest> = fc.record({
  type: fc.constant("missing-request" as const),
  term,
  previous: position,
  entriesMax: fc.integer({ min: 1, max: 4096 }),
  sequence: count,
});

export const missingReply: fc.Arbitrary<MissingReply> = before.chain((previous) =>
  fc.record({
    type: fc.constant("missing-reply" as const),
    term,
    sequence: count,
    previous: fc.constant(previous),
    entries: entriesAfter(previous),
    commitIndex: index,
    end: fc.boolean(),
    conflict: fc.option(fc.record({ backTo: index }), { nil: undefined }),
  }),
);

const peerPosition: fc.Arbitrary<PeerPosition> = fc.record({
  term,
  last: position,
  commitIndex: index,
  hasData: fc.boolean(),
  storeId: fc.option(fc.uuid(), { nil: undefined }),
});

export const backOnline: fc.Arbitrary<BackOnline> = fc.record({
  type: fc.constant("back-online" as const),
  request: count,
  position: peerPosition,
  joining: fc.boolean(),
});

export const backOnlineReply: fc.Arbitrary<BackOnlineReply> = fc.record({
  type: fc.constant("back-online-reply" as const),
  request: count,
  position: peerPosition,
  leader: fc.constantFrom<(ReplicaId | undefined)[]>(1 as ReplicaId, 2 as ReplicaId, 3 as ReplicaId, undefined),
  joinIndex: fc.option(
    index.filter((value) => value > 0),
    { nil: undefined },
  ),
});

const reserve: fc.Arbitrary<Reserve> = fc.record({ ticket: count, key, product, quantity });

/** Consecutive orders, as a leader settles them. */
const settles: fc.Arbitrary<Order[]> = fc
  .tuple(fc.nat(), fc.array(fc.record({ product, quantity, key }), { maxLength: 5 }))
  .map(([first, bodies]) => bodies.map((body, at) => ({ number: (first + at) as OrderNumber, ...body })));

export const catalogWork: fc.Arbitrary<CatalogWork> = fc.record(
  {
    settles,
    returns: fc.array(key, { maxLength: 5 }),
    reserves: fc.array(reserve, { maxLength: 5 }),
    replayed: fc.constant(true as const),
  },
  { requiredKeys: ["settles", "returns", "reserves"] },
);

const callId = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const anyInteger = fc.oneof(count, fc.integer(), fc.constant(Number.MIN_SAFE_INTEGER));
const forwarded = fc.constant(true);

/** As it is when it is passed on to a leader: with whole ms, and marked. */
export const forwardedCall: fc.Arbitrary<Call> = fc.oneof(
  fc.record(
    {
      type: fc.constant("buy" as const),
      id: callId,
      key,
      product,
      quantity: anyInteger,
      budgetMs: fc.integer({ min: 1, max: 3000 }),
      forwarded,
      origin: fc.record({ frontEnd: count, attempt: count, term: count }),
    },
    { requiredKeys: ["type", "id", "key", "product", "quantity", "budgetMs", "forwarded"] },
  ),
  fc.record({ type: fc.constant("check-number" as const), id: callId, number: anyInteger, forwarded }),
  fc.record({ type: fc.constant("check-key" as const), id: callId, key, forwarded }),
);
