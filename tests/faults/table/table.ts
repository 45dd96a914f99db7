import { cableFaults } from "./cables.ts";
import { damageFaults } from "./damage.ts";
import { diskFaults } from "./disks.ts";
import type { Fault } from "./fault.ts";
import { partitionFaults } from "./partitions.ts";
import { processFaults, sharedPortFaults } from "./processes.ts";
import { restFaults } from "./rest-port.ts";
import { wireFaults } from "./wire.ts";

export interface Group {
  readonly name: "processes" | "shared port" | "partitions" | "cables" | "files" | "disks" | "wire" | "rest";
  readonly faults: readonly Fault[];
}

/** Every way in which a store is hurt, and what each may cost. @param idle how many idle connections */
export function faultTable(idle: number): readonly Group[] {
  return [
    { name: "processes", faults: processFaults },
    { name: "shared port", faults: sharedPortFaults },
    { name: "partitions", faults: partitionFaults },
    { name: "cables", faults: cableFaults },
    { name: "files", faults: damageFaults },
    { name: "disks", faults: diskFaults },
    { name: "wire", faults: wireFaults },
    { name: "rest", faults: restFaults(idle) },
  ];
}
