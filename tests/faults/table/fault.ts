import type { Dice } from "../../sim/kernel/dice.ts";
import type { Load } from "../load/load.ts";
import type { FaultStore } from "../store/fault-store.ts";
import type { Namespaces } from "../store/namespaces.ts";

/** Where a fault happens: a store that sells, and the clients that it sells to. */
export interface Scene {
  readonly store: FaultStore;
  readonly load: Load;
  readonly dice: Dice;
  /** Where the store's processes live, if each has a network of its own. */
  readonly namespaces: Namespaces | undefined;
  /** How long a process is away or a way is lost, in ms: longer than every lease. */
  readonly longMs: number;
}

/** What a fault needs of the machine, and of the store. */
export type Need =
  /** Every way between processes goes through a proxy. */
  | "proxies"
  /** Each process keeps its files on a small file system of its own. */
  | "small disks"
  /** Each process lives in a network namespace of its own. */
  | "namespaces";

/** Who is hurt: one replica at a time, the catalog, the first front-end, only its clients, or all. */
export type Victim = "replica" | "catalog" | "front-end" | "clients" | "everyone";

/** One way to hurt a store, and what it may cost. */
export interface Fault {
  readonly name: string;
  /** What clients may notice, in words. */
  readonly cost: string;
  /** Troubles that are excused, as "front-end 1: buy: HTTP 503"; without it none is. */
  readonly excused?: RegExp;
  readonly needs?: Need;
  /** Two faults with different victims may come together. */
  readonly victim: Victim;
  /** Part of the bounded run that every change has to pass. */
  readonly brief?: true;
  /**
   * Hurts, holds, and heals again; throws if anything is not as it must be.
   * Returns what else is excused this time, if the machine was too slow for the
   * fault to be as short as it was meant to be.
   */
  act(scene: Scene): Promise<RegExp | void>;
}

/** Purchases that must succeed while or after something is hurt: the store sells, it does not only survive. */
export const someSales = 5;

export const noCost = "no error";

/** How much longer it takes for every deadline to pass, in ms. */
export const deadlineMs = 3_000;

/** The catalog is away for longer than a purchase waits: only order look-ups never need it. */
export const catalogAway = {
  cost: "purchases and product reads: 500 or 503; look-ups go on",
  excused: /: (buy|read): HTTP 50[03]$/,
};
