import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { TestProcess } from "../../harness/process.ts";
import type { Disks } from "../store/fault-store.ts";
import { run } from "../store/isolation.ts";
import { awaitFollower, awaitLeader, awaitUnity } from "../store/standing.ts";
import { type Fault, noCost, type Scene, someSales } from "./fault.ts";

const pieceBytes = 64 * 1024;

/** File systems so small that they can be filled; half an hour of orders, and damaged logs set aside, find room. */
export const smallDisks: Disks = {
  mount: (folder) => run("mount", "-t", "tmpfs", "-o", "size=256m", "none", folder),
  unmount: (folder) => run("umount", "-l", folder),
};

/** Writes until nothing more fits. Returns how to make room again. */
function fillDisk(folder: string): () => void {
  const path = join(folder, "filler");
  const fd = openSync(path, "a");
  try {
    // The last pieces are small: nothing at all is to fit.
    for (let bytes = pieceBytes; bytes >= 1; bytes = Math.floor(bytes / 4)) {
      const piece = Buffer.alloc(bytes);
      while (writes(fd, piece));
    }
  } finally {
    closeSync(fd);
  }
  return () => rmSync(path);
}

function writes(fd: number, piece: Uint8Array): boolean {
  try {
    return writeSync(fd, piece) === piece.length;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOSPC") return false;
    throw error;
  }
}

/** Files that are open can be written; no file can be made, renamed or removed. Returns how to undo it. */
function makeUnwritable(folder: string): () => void {
  run("mount", "--bind", folder, folder);
  run("mount", "-o", "remount,ro,bind", folder);
  return () => run("umount", "-l", folder);
}

/** A process that cannot keep its promises ends with status 1 and says why. */
async function expectFailure(process: TestProcess, says: RegExp, linesBefore: number): Promise<void> {
  const { status, signal } = await process.ended();
  const said = process.lines.slice(linesBefore).join("\n");
  if (status === 1 && says.test(said)) return;
  throw new Error(`${process.name} ended with ${status ?? signal} and said\n${process.tail()}`);
}

function fullDisk(role: string, find: (scene: Scene) => Promise<number>): Fault {
  return {
    name: `the disk of ${role} is full`,
    victim: "replica",
    brief: true,
    cost: noCost,
    needs: "small disks",
    async act(scene) {
      const { store, load } = scene;
      const process = store.order(await find(scene));
      const linesBefore = process.lines.length;
      const makeRoom = fillDisk(store.folderOf(process.name));
      try {
        await expectFailure(process, /ENOSPC/, linesBefore);
        await load.progress(someSales);
      } finally {
        makeRoom();
      }
      process.start();
      await awaitUnity(store);
    },
  };
}

const whileDown = { cost: "500 or 503 while it is down", excused: /: (buy|read): HTTP 50[03]$/ };

export const diskFaults: readonly Fault[] = [
  fullDisk("the leader", ({ store }) => awaitLeader(store)),
  fullDisk("a follower", ({ store }) => awaitFollower(store)),
  {
    name: "the disk of the catalog is full",
    victim: "catalog",
    brief: true,
    ...whileDown,
    needs: "small disks",
    async act({ store, load }) {
      const { catalog } = store;
      const linesBefore = catalog.lines.length;
      const makeRoom = fillDisk(store.folderOf("catalog"));
      try {
        await expectFailure(catalog, /ENOSPC/, linesBefore);
      } finally {
        makeRoom();
      }
      catalog.start();
      await awaitUnity(store);
      await load.progress(someSales);
    },
  },
  {
    name: "the catalog's folder is not writable while it runs",
    victim: "catalog",
    brief: true,
    cost: `${noCost}: what is sold is in its log; the checkpoint waits`,
    needs: "small disks",
    async act({ store, load }) {
      const linesBefore = store.catalog.lines.length;
      const restore = makeUnwritable(store.folderOf("catalog"));
      try {
        await store.catalog.line(/checkpoint-failed/, linesBefore);
        await load.progress(someSales);
      } finally {
        restore();
      }
      await load.progress(someSales);
    },
  },
  {
    name: "a replica's folder is not writable when it is started",
    victim: "replica",
    brief: true,
    cost: noCost,
    needs: "small disks",
    async act({ store, load }) {
      const process = store.order(await awaitFollower(store));
      await process.kill();
      const linesBefore = process.lines.length;
      const restore = makeUnwritable(store.folderOf(process.name));
      try {
        process.start();
        await expectFailure(process, /cannot be used|EROFS/, linesBefore);
        await load.progress(someSales);
      } finally {
        restore();
      }
      process.start();
      await awaitUnity(store);
    },
  },
  {
    name: "a follower's folder is not writable when it has to vote",
    victim: "replica",
    cost: noCost,
    needs: "small disks",
    async act({ store, load }) {
      const leader = await awaitLeader(store);
      const follower = store.order((leader % 3) + 1);
      const restore = makeUnwritable(store.folderOf(follower.name));
      try {
        // The other follower is the third of three: with the old leader gone in order, two disks are enough.
        await store.order(leader).kill("SIGTERM");
        store.order(leader).start();
        await load.progress(someSales);
      } finally {
        restore();
      }
      if (!follower.isRunning) follower.start();
      await awaitUnity(store);
    },
  },
];
