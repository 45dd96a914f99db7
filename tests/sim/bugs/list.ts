import * as catalog from "./catalog-bugs.ts";
import * as frontEnd from "./front-end-bugs.ts";
import * as lookUp from "./look-up-bugs.ts";
import * as order from "./order-bugs.ts";
import type { Planted } from "./planted.ts";

/** A bug that the checks have to find. */
export interface PlantedBug {
  readonly name: string;
  readonly make: () => Planted;
  /** One of the first so many seeds finds it. */
  readonly seedsMax: number;
}

/** The bugs, each named by what goes wrong. */
export const plantedBugs: readonly PlantedBug[] = [
  { name: "acknowledge before sync", make: () => new order.AcknowledgesBeforeSync(), seedsMax: 300 },
  { name: "majority of one", make: () => new order.MajorityOfOne(), seedsMax: 300 },
  { name: "count what was sent as synced", make: () => new order.CountsWhatWasSent(), seedsMax: 300 },
  { name: "entries sent to one follower only", make: () => new order.SendsToPartnerOnly(), seedsMax: 300 },
  { name: "restarted leader resumes its term", make: () => new order.ResumesItsTerm(), seedsMax: 300 },
  { name: "vote not synced", make: () => new order.VoteNotSynced(), seedsMax: 300 },
  { name: "stale log gets elected", make: () => new order.StaleLogGetsElected(), seedsMax: 300 },
  { name: "wiped replica votes", make: () => new order.WipedReplicaVotes(), seedsMax: 300 },
  { name: "lost end of a log taken for torn", make: () => new order.ShortLogTakenForTorn(), seedsMax: 300 },
  { name: "torn line accepted", make: () => new order.TornLineAccepted(), seedsMax: 300 },
  { name: "old batch cuts newer entries", make: () => new order.CutsWhatItHolds(), seedsMax: 300 },
  { name: "batch appended to a log that does not match", make: () => new order.AppendsAfterAnything(), seedsMax: 300 },
  { name: "not-found without confirmation", make: () => new lookUp.NotFoundUnconfirmed(), seedsMax: 1000 },
  { name: "uncommitted neighbours shown", make: () => new lookUp.ShowsUncommittedNeighbours(), seedsMax: 300 },
  { name: "key forgotten at failover", make: () => new order.KeyForgottenAtFailover(), seedsMax: 300 },
  { name: "calls left with a leader that is none", make: () => new order.CallsLeftWithOldLeader(), seedsMax: 1000 },
  { name: "settle before commit", make: () => new order.SettlesBeforeCommit(), seedsMax: 300 },
  {
    name: "order of an older session settled before its commit",
    make: () => new order.ListSettledBeforeCommit(),
    seedsMax: 300,
  },
  { name: "aborted reservation not returned", make: () => new order.ReservationNotReturned(), seedsMax: 1000 },
  { name: "no fencing at the catalog", make: () => new catalog.NoFencing(), seedsMax: 300 },
  { name: "late Reserve accepted", make: () => new catalog.LateReserveAccepted(), seedsMax: 1000 },
  { name: "appended order not reserved anew", make: () => new order.AppendedNotReservedAnew(), seedsMax: 1000 },
  { name: "new stock sold before sync", make: () => new catalog.SellsBeforeSync(), seedsMax: 1000 },
  { name: "catalog read before the replay", make: () => new catalog.ReadsBeforeReplay(), seedsMax: 1000 },
  { name: "reservation of an older session kept", make: () => new catalog.OthersNotGivenBack(), seedsMax: 300 },
  { name: "catalog forgets leases at restart", make: () => new catalog.ForgetsLeasesAtRestart(), seedsMax: 300 },
  { name: "lease forgotten with its stream", make: () => new catalog.LeaseEndsWithStream(), seedsMax: 300 },
  { name: "checkpoint shown before it is logged", make: () => new catalog.ShownBeforeLogged(), seedsMax: 1000 },
  { name: "checkpoint before the last forgotten", make: () => new catalog.CheckpointBeforeForgotten(), seedsMax: 300 },
  { name: "change answered before caches dropped it", make: () => new catalog.NoInvalidationWait(), seedsMax: 300 },
  { name: "catalog forgets who asked", make: () => new catalog.ForgetsWhoAsked(), seedsMax: 300 },
  {
    name: "cache filled by a reply older than an invalidation",
    make: () => new frontEnd.FilledByOlderReply(),
    seedsMax: 300,
  },
  { name: "lease counted from receipt", make: () => new frontEnd.LeaseCountedFromReceipt(), seedsMax: 300 },
  { name: "lease kept in ticks across a pause", make: () => new frontEnd.LeaseKeptInTicks(), seedsMax: 300 },
  { name: "cached value shown without a lease", make: () => new frontEnd.NoLeaseNeeded(), seedsMax: 300 },
  { name: "cache outlives its generation", make: () => new frontEnd.CacheOutlivesGeneration(), seedsMax: 300 },
  { name: "nominated in vain, again and again", make: () => new frontEnd.NominatesInVain(), seedsMax: 300 },
  { name: "call sent again with a new key", make: () => new frontEnd.ResentWithNewKey(), seedsMax: 300 },
  { name: "unknown outcome called a refusal", make: () => new frontEnd.UnknownCalledRefused(), seedsMax: 300 },
];
