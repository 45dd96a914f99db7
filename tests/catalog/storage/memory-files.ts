import { basename, dirname } from "node:path";
import type { Files, Patch } from "../../../services/catalog/storage/files.ts";
import type { FileCalls } from "../../../services/lib/synced-file.ts";

interface Inode {
  bytes: Uint8Array;
  /** What a loss of power leaves. */
  synced: Uint8Array;
  /** Counts what was written to it. */
  writes: number;
}

/**
 * What a crash leaves:
 * - kill: everything that was written (the process ended, the machine goes on);
 *   what was not synced still is not, and a later loss of power takes it;
 * - power: only what was synced, names included;
 * - names: names as they were last, contents only as synced.
 */
export type Crash = "kill" | "power" | "names";

/** Thrown by every operation from the one on at which the machine stops. */
export class Stopped extends Error {
  override name = "Stopped";
  override message = "the machine has stopped";
}

/** Files in memory that lose what was not synced, and that stop after a number of operations. */
export class MemoryFiles implements Files {
  private names = new Map<string, Inode>();
  private syncedNames = new Map<string, Inode>();
  private readonly open = new Map<number, Inode>();
  private readonly ids = new Map<Inode, number>();
  private lastFd = 0;
  /** False: as on a file system where a file has one name. */
  knowsLinks = true;
  /** Operations that changed something. */
  operations = 0;
  private operationsMax = Number.POSITIVE_INFINITY;
  private stopped = false;

  /** Stops when `count` more operations were done; the next one is done by half. */
  stopAfter(count: number): void {
    this.operations = 0;
    this.operationsMax = count;
  }

  get isStopped(): boolean {
    return this.stopped;
  }

  /** The disk as the next start finds it. */
  afterCrash(crash: Crash): MemoryFiles {
    const next = new MemoryFiles();
    const survivors = new Map<Inode, Inode>();
    // A file with two names is still one, whichever of them are synced.
    const survivorOf = (inode: Inode): Inode => {
      const bytes = crash === "kill" ? inode.bytes : inode.synced;
      const survivor = survivors.get(inode) ?? { bytes, synced: inode.synced, writes: 0 };
      survivors.set(inode, survivor);
      return survivor;
    };
    const names = crash === "power" ? this.syncedNames : this.names;
    const syncedNames = crash === "kill" ? this.syncedNames : names;
    for (const [name, inode] of names) next.names.set(name, survivorOf(inode));
    for (const [name, inode] of syncedNames) next.syncedNames.set(name, survivorOf(inode));
    return next;
  }

  /** As the system does it by and by: everything that was written is durable. */
  writeBack(): this {
    for (const inode of this.names.values()) inode.synced = inode.bytes;
    this.syncedNames = new Map(this.names);
    return this;
  }

  text(path: string): string | undefined {
    const inode = this.names.get(path);
    return inode === undefined ? undefined : Buffer.from(inode.bytes).toString("utf8");
  }

  /** As an operator does it: durable, and no operation of the catalog. */
  put(path: string, content: string | Uint8Array): void {
    const bytes = Buffer.from(content);
    const inode = { bytes, synced: bytes, writes: 0 };
    this.names.set(path, inode);
    this.syncedNames.set(path, inode);
  }

  /** As most editors do it: under another name that is then renamed, and nothing is synced. */
  putUnsynced(path: string, content: string): void {
    this.names.set(path, { ...newInode(), bytes: Buffer.from(content) });
  }

  /** As put, but into the same file, whatever other names it has. */
  putInto(path: string, content: string): void {
    const inode = this.existing(path);
    inode.bytes = inode.synced = Buffer.from(content);
    inode.writes += 1;
  }

  delete(path: string): void {
    this.names.delete(path);
    this.syncedNames.delete(path);
  }

  paths(): string[] {
    return [...this.names.keys()].sort();
  }

  read(path: string): Promise<Uint8Array | undefined> {
    return this.now(() => this.names.get(path)?.bytes);
  }

  list(folder: string): Promise<string[]> {
    return this.now(() =>
      this.paths()
        .filter((path) => dirname(path) === folder)
        .map((path) => basename(path)),
    );
  }

  stamp(path: string): Promise<string | undefined> {
    return this.now(() => this.stampOf(path));
  }

  /** Two operations: one that writes, one that syncs. */
  async writeSynced(path: string, parts: Iterable<Uint8Array>): Promise<void> {
    const bytes = Buffer.concat([...parts]);
    await this.now(() => {
      const inode = this.names.get(path) ?? newInode();
      const fill = (content: Uint8Array) => () => {
        this.names.set(path, inode);
        inode.bytes = content;
        inode.writes += 1;
      };
      this.change(fill(bytes), fill(bytes.subarray(0, bytes.length / 2)));
    });
    await this.now(() => this.change(() => this.sync(path)));
  }

  /** Two operations; the one that writes is torn within a patch. */
  async patch(path: string, made: Iterable<Patch>): Promise<void> {
    const patches = [...made];
    await this.now(() => {
      const inode = this.existing(path);
      const write = (some: readonly Patch[]) => () => {
        inode.bytes = Buffer.from(inode.bytes);
        for (const { at, bytes } of some) inode.bytes.set(bytes, at);
        inode.writes += 1;
      };
      const whole = patches.slice(0, patches.length / 2);
      const torn = patches.slice(whole.length, whole.length + 1);
      const half = torn.map(({ at, bytes }) => ({ at, bytes: bytes.subarray(0, bytes.length / 2) }));
      this.change(write(patches), write([...whole, ...half]));
    });
    await this.now(() => this.change(() => this.sync(path)));
  }

  async link(path: string, other: string): Promise<boolean> {
    if (!this.knowsLinks) return false;
    await this.now(() =>
      this.change(() => {
        const inode = this.existing(path);
        if (this.names.has(other)) throw Object.assign(new Error(`EEXIST: ${other}`), { code: "EEXIST" });
        this.names.set(other, inode);
      }),
    );
    return true;
  }

  rename(from: string, to: string): Promise<void> {
    return this.now(() => this.move(from, to));
  }

  renameOver(from: string, to: string, stamp: string | undefined): Promise<boolean> {
    return this.now(() => {
      if (this.stampOf(to) !== stamp) return false;
      this.move(from, to);
      return true;
    });
  }

  remove(path: string): Promise<void> {
    return this.now(() => this.change(() => this.names.delete(path)));
  }

  truncate(path: string, bytes: number): Promise<void> {
    return this.now(() =>
      this.change(() => {
        const inode = this.existing(path);
        inode.bytes = inode.bytes.slice(0, bytes);
        inode.synced = inode.bytes;
        inode.writes += 1;
      }),
    );
  }

  syncFile(path: string): Promise<void> {
    return this.now(() => this.change(() => this.sync(path)));
  }

  syncFolder(folder: string): Promise<void> {
    return this.now(() =>
      this.change(() => {
        const kept = [...this.syncedNames].filter(([path]) => dirname(path) !== folder);
        const synced = [...this.names].filter(([path]) => dirname(path) === folder);
        this.syncedNames = new Map([...kept, ...synced]);
      }),
    );
  }

  readonly appending: FileCalls = {
    open: (path) => {
      const inode = this.names.get(path) ?? newInode();
      this.names.set(path, inode);
      this.lastFd += 1;
      this.open.set(this.lastFd, inode);
      return this.lastFd;
    },
    write: (fd, bytes) => {
      const inode = this.inode(fd);
      const whole = Buffer.concat([inode.bytes, bytes]);
      const half = Buffer.concat([inode.bytes, bytes.slice(0, bytes.length / 2)]);
      this.change(
        () => {
          inode.bytes = whole;
        },
        () => {
          inode.bytes = half;
        },
      );
    },
    sync: (fd, done) => {
      queueMicrotask(() => {
        const inode = this.inode(fd);
        this.operations += 1;
        if (this.operations > this.operationsMax) this.stopped = true;
        if (this.stopped) return done(new Stopped());
        inode.synced = inode.bytes;
        done(null);
      });
    },
    close: (fd) => {
      this.open.delete(fd);
    },
  };

  private stampOf(path: string): string | undefined {
    const inode = this.names.get(path);
    if (inode === undefined) return undefined;
    if (!this.ids.has(inode)) this.ids.set(inode, this.ids.size);
    return `${this.ids.get(inode)}:${inode.writes}`;
  }

  private move(from: string, to: string): void {
    this.change(() => {
      const inode = this.existing(from);
      // As POSIX has it: two names of one file stay as they are.
      if (this.names.get(to) === inode) return;
      this.names.delete(from);
      this.names.set(to, inode);
    });
  }

  private existing(path: string): Inode {
    const inode = this.names.get(path);
    if (inode === undefined) throw Object.assign(new Error(`ENOENT: ${path}`), { code: "ENOENT" });
    return inode;
  }

  private sync(path: string): void {
    const inode = this.existing(path);
    inode.synced = inode.bytes;
  }

  private inode(fd: number): Inode {
    const inode = this.open.get(fd);
    if (inode === undefined) throw new Error(`file ${fd} is closed`);
    return inode;
  }

  private change(whole: () => void, half: () => void = () => undefined): void {
    this.operations += 1;
    if (this.operations <= this.operationsMax) return whole();
    this.stopped = true;
    half();
    throw new Stopped();
  }

  private async now<T>(act: () => T): Promise<T> {
    if (this.stopped) throw new Stopped();
    return act();
  }
}

function newInode(): Inode {
  return { bytes: new Uint8Array(), synced: new Uint8Array(), writes: 0 };
}
