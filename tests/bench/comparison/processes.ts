import { readdirSync, readFileSync } from "node:fs";

// What the kernel keeps about processes, in /proc.

/** Ticks of the kernel's accounting a second, as it shows them to programs. */
const ticksPerSecond = 100;

/** A process and all that descend from it. */
export function treeOf(pid: number): number[] {
  const children = threadsOf(pid).flatMap((thread) => {
    const list = readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").trim();
    return list === "" ? [] : list.split(" ").map(Number);
  });
  return [pid, ...children.flatMap(treeOf)];
}

export function threadsOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).map(Number);
}

/** The processor time that all of them together have used since their start. */
export function cpuUsOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + parseCpuUs(readFileSync(`/proc/${pid}/stat`, "utf8")), 0);
}

/** The time of a line of /proc/PID/stat, user and system; the name in it may contain anything. */
export function parseCpuUs(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  // Fields 14 and 15 of the line, which begins with the pid and the name.
  return ((Number(fields[11]) + Number(fields[12])) / ticksPerSecond) * 1e6;
}
