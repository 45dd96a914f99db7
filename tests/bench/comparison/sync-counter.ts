import { join } from "node:path";

// Syncs are counted by the kernel's tracepoints, through perf: it costs next to
// nothing and asks nothing of the programs, so all peers are counted alike.

const events = ["syscalls:sys_enter_fdatasync", "syscalls:sys_enter_fsync"];

/** How to run a command so that the syncs that these processes make meanwhile are counted. */
export interface SyncCounter {
  /** To be put before the command. */
  readonly prefix: readonly string[];
  /** After the command: how often each thread synced. */
  counts(): Promise<ReadonlyMap<number, number>>;
}

/** Undefined: this machine does not let us count. */
export async function countSyncs(pids: readonly number[], folder: string): Promise<SyncCounter | undefined> {
  if (!(await canCount(folder))) return undefined;
  const file = join(folder, "syncs.txt");
  return {
    prefix: [...perf(file), "--per-thread", "--pid", pids.join(","), "--"],
    counts: async () => parseCounts(await Bun.file(file).text()),
  };
}

/** Lines like "etcd-1234;17;;syscalls:sys_enter_fdatasync;..."; the name before the dash may contain dashes. */
export function parseCounts(text: string): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const line of text.split("\n")) {
    const [thread = "", count = ""] = line.split(";");
    const id = Number(/-(\d+)$/.exec(thread)?.[1]);
    if (Number.isNaN(id) || !/^\d+$/.test(count)) continue;
    counts.set(id, (counts.get(id) ?? 0) + Number(count));
  }
  return counts;
}

async function canCount(folder: string): Promise<boolean> {
  if (Bun.which("perf") === null) return false;
  const trial = Bun.spawn([...perf(join(folder, "trial.txt")), "--", "true"], { stdout: "ignore", stderr: "ignore" });
  return (await trial.exited) === 0;
}

function perf(file: string): string[] {
  return ["perf", "stat", "--field-separator", ";", "--output", file, ...events.flatMap((event) => ["--event", event])];
}
