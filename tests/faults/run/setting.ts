import { FaultStore, type FaultStoreOptions } from "../store/fault-store.ts";
import { isIsolated } from "../store/isolation.ts";
import { Namespaces } from "../store/namespaces.ts";
import { smallDisks } from "../table/disks.ts";
import type { Need } from "../table/fault.ts";
import type { Group } from "../table/table.ts";

/** How a store is set up, for the faults that it is there for. */
export interface Setting {
  readonly store: FaultStore;
  readonly namespaces: Namespaces | undefined;
  /** What faults may need of it. */
  readonly offers: ReadonlySet<Need>;
}

export type SettingName = "plain" | "shared port" | "proxied" | "own networks";

/** More of each toy than is ever bought. */
const plenty = 1_000_000;

/** Where the faults of a group are to be tried. */
export function settingOf(group: Group["name"]): SettingName {
  if (group === "shared port") return "shared port";
  return group === "cables" || group === "disks" ? "own networks" : "proxied";
}

/** A store that is not started yet. "own networks" needs a process that is isolated. */
export async function prepareSetting(name: SettingName, makeNamespaces: () => Namespaces): Promise<Setting> {
  const disks = isIsolated() && name !== "plain" ? { disks: smallDisks } : {};
  const namespaces = name === "own networks" ? makeNamespaces() : undefined;
  const options: FaultStoreOptions = {
    ...disks,
    ...(name === "proxied" ? { proxied: true } : {}),
    ...(name === "shared port" ? { sharedPort: true } : {}),
    ...(namespaces === undefined ? {} : { homes: (process: string) => namespaces.home(process) }),
  };
  const offers = new Set<Need>();
  if (name === "proxied") offers.add("proxies");
  if ("disks" in disks) offers.add("small disks");
  if (namespaces !== undefined) offers.add("namespaces");
  return { store: await FaultStore.prepare(plenty, options), namespaces, offers };
}

/** The networks of a process can be made once only: every store of a run shares them. */
export function onceOnly(): () => Namespaces {
  let namespaces: Namespaces | undefined;
  return () => (namespaces ??= new Namespaces());
}
