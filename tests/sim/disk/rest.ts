import { header } from "../../../services/order/storage/codec.ts";
import type { Dice } from "../kernel/dice.ts";
import type { ReplicaDisk, RestingFiles } from "./replica-disk.ts";

/** What ends a process: its own death leaves what was written, a loss of power only what was synced, and remains. */
export type End = "kill" | "power";

const sectorBytes = 512;

/** What is left on a replica's disk; undefined if it had not yet founded its files. */
export function filesAfter(disk: ReplicaDisk, end: End, dice: Dice): RestingFiles | undefined {
  const { vote, identity } = disk;
  if (identity === undefined) return undefined;
  if (end === "kill") return { log: bytesOf(disk, disk.lines.length), mark: disk.mark, vote, identity };
  const log = disk.cut.length > 0 && dice.chance(0.5) ? uncut(disk) : torn(disk, dice);
  const mark = dice.chance(0.5) && disk.mark.length <= log.length ? disk.mark : disk.syncedMark;
  return { log, mark, vote, identity };
}

function bytesOf(disk: ReplicaDisk, lines: number): Buffer {
  let text = header;
  for (let at = 0; at < lines; at++) text += disk.lines[at]?.text ?? "";
  return Buffer.from(text);
}

/** The cut never reached the platter, and nothing that was written after it. */
function uncut(disk: ReplicaDisk): Buffer {
  const cut = disk.cut.map((line) => line.text).join("");
  return Buffer.concat([bytesOf(disk, disk.synced), Buffer.from(cut)]);
}

/** Everything synced, and of what was only written any beginning, perhaps with a hole of whole sectors. */
function torn(disk: ReplicaDisk, dice: Dice): Buffer {
  const all = bytesOf(disk, disk.lines.length);
  const safe = disk.lines[disk.synced - 1]?.endsAt ?? header.length;
  const kept = Buffer.from(all.subarray(0, dice.int(safe, all.length)));
  const firstSector = Math.ceil(safe / sectorBytes);
  const lastSector = Math.floor(kept.length / sectorBytes);
  if (lastSector > firstSector && dice.chance(0.3)) {
    kept.fill(0, dice.chance(0.5) ? safe : firstSector * sectorBytes, lastSector * sectorBytes);
  }
  return kept;
}
