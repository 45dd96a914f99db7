import { appendFileSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { FaultStore } from "../store/fault-store.ts";
import { awaitLeader, awaitUnity } from "../store/standing.ts";
import { catalogAway, type Fault, noCost, someSales } from "./fault.ts";
import { restartCatalog } from "./restart.ts";

/** What is done to a replica's files while it is down, and what it must say of it when it starts. */
interface Harm {
  readonly name: string;
  readonly act: (log: string) => void;
  readonly says: RegExp;
  readonly brief?: true;
}

const setAside = /damaged and was set aside.*"offset":|"offset":.*damaged and was set aside/;

const harms: readonly Harm[] = [
  {
    name: "a log that ends in the middle of a line that was never synced",
    act: (log) => appendFileSync(log, "4711,Tux,1,47"),
    says: /the log ended in a torn write, which was cut/,
  },
  { name: "a log that is cut in the middle of a line that was synced", act: cutInLine, says: setAside, brief: true },
  { name: "a flipped byte in the middle of a log", act: flipByte, says: setAside },
  { name: "a deleted log", act: (log) => rmSync(log), says: setAside },
  { name: "a deleted vote file", act: (log) => rmSync(`${log}.vote`), says: setAside },
  { name: "a wiped disk", act: wipe, says: /no data here but at a peer: joining as a wiped replica/ },
  {
    name: "a vote that was half written when its replica died",
    act: (log) => writeFileSync(`${log}.vote.tmp`, "9"),
    brief: true,
    says: /"msg":"started"/,
  },
];

/** In the middle of the file: its end may not have been synced when its replica died. */
function cutInLine(log: string): void {
  const bytes = readFileSync(log);
  truncateSync(log, bytes.indexOf("\n", Math.floor(bytes.length / 2)) + 17);
}

function flipByte(log: string): void {
  const bytes = readFileSync(log);
  const middle = Math.floor(bytes.length / 2);
  bytes.writeUInt8(bytes.readUInt8(middle) ^ 0x10, middle);
  writeFileSync(log, bytes);
}

/** The log and all that stands beside it, also what was set aside. */
function wipe(log: string): void {
  for (const name of readdirSync(dirname(log))) {
    if (name.startsWith(basename(log))) rmSync(join(dirname(log), name));
  }
}

/** Kills any replica, harms its files while others sell, and starts it: it says so, and becomes one of three again. */
function harmReplica({ name, act, says, brief }: Harm): Fault {
  return {
    name,
    victim: "replica",
    ...(brief === undefined ? {} : { brief }),
    cost: noCost,
    async act({ store, load, dice }) {
      const leader = await awaitLeader(store);
      const id = dice.chance(0.5) ? leader : (leader % 3) + 1;
      const process = store.order(id);
      await process.kill();
      await load.progress(someSales);
      act(store.logFile(id));
      const linesBefore = process.lines.length;
      process.start();
      await process.line(says, linesBefore);
      await awaitUnity(store);
      await load.progress(someSales);
    },
  };
}

/** The files catalog.csv.KIND-NUMBER, lowest number first. */
function filesOf(csv: string, kind: string): string[] {
  return readdirSync(dirname(csv))
    .flatMap((name) => new RegExp(`^catalog\\.csv\\.${kind}-(\\d+)$`).exec(name)?.[1] ?? [])
    .sort((a, b) => Number(a) - Number(b))
    .map((number) => `${csv}.${kind}-${number}`);
}

/** The newest segment of the catalog's write-ahead log. */
function newestSegment(csv: string): string {
  return filesOf(csv, "wal").at(-1) ?? "";
}

/** A damaged log is never served: the catalog names file and offset and ends, until the file is put back. */
async function refusesDamage(store: FaultStore, csv: string): Promise<void> {
  const segment = newestSegment(csv);
  const whole = readFileSync(segment);
  flipByte(segment);
  store.catalog.start();
  const linesBefore = store.catalog.lines.length;
  const { status } = await store.catalog.ended();
  const said = store.catalog.lines.slice(linesBefore).join("\n");
  if (status !== 1 || !said.includes(segment) || !/damaged at offset \d+/.test(said)) {
    throw new Error(`a damaged ${segment} was not refused: status ${status}\n${said}`);
  }
  writeFileSync(segment, whole);
}

const catalogFaults: readonly Fault[] = [
  {
    name: "a checkpoint of the catalog that never finished",
    victim: "catalog",
    brief: true,
    cost: noCost,
    act: (scene) =>
      restartCatalog(scene, "SIGKILL", (csv) => {
        const half = readFileSync(csv).subarray(0, 1_000);
        for (const next of filesOf(csv, "next")) {
          // It may be another name of catalog.csv itself, which stays as it is.
          rmSync(next);
          writeFileSync(next, half);
          writeFileSync(`${next}.tmp`, half);
        }
        writeFileSync(`${csv}.snapshot-999999999.tmp`, half);
      }),
  },
  {
    name: "a catalog whose log ends in the middle of a line that was never synced",
    victim: "catalog",
    cost: noCost,
    act: (scene) => restartCatalog(scene, "SIGKILL", (csv) => appendFileSync(newestSegment(csv), "99999999,rese")),
  },
  {
    name: "a flipped byte in the catalog's log: refused until it is put back",
    victim: "catalog",
    brief: true,
    ...catalogAway,
    act: (scene) => restartCatalog(scene, "SIGKILL", (csv) => refusesDamage(scene.store, csv)),
  },
];

export const damageFaults: readonly Fault[] = [...harms.map(harmReplica), ...catalogFaults];
