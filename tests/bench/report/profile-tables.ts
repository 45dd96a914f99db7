import type { Share } from "../profile/cpu-profile.ts";
import type { ProfileResult } from "../profile/run.ts";
import type { Table } from "./comparison-tables.ts";

/** Below this an area or a function is not shown. */
const shareMin = 0.01;

/** By area for all processes, then the functions of each process. */
export function profileTables({ processes }: ProfileResult): Table[] {
  const areas = [...new Set(processes.flatMap((process) => process.areas.map(({ name }) => name)))];
  const byArea: Table = {
    title: "By part of the program",
    header: ["", ...processes.map(({ process }) => process)],
    rows: [
      ["cores busy, all threads", ...processes.map(({ cores }) => cores.toFixed(2))],
      ["samples of JavaScript", ...processes.map(({ samples }) => `${samples}`)],
      ...areas.map((area) => [area, ...processes.map((process) => shareOf(process.areas, area))]),
    ],
  };
  const byFunction = processes.map(({ process, functions }) => ({
    title: `Functions of ${process}, each without what it calls`,
    header: ["function", "share"],
    rows: functions.filter(({ share }) => share >= shareMin).map(({ name, share }) => [name, percent(share)]),
  }));
  return [byArea, ...byFunction];
}

function shareOf(shares: readonly Share[], name: string): string {
  const found = shares.find((share) => share.name === name);
  return found === undefined ? "" : percent(found.share);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
