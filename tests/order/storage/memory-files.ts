import { dirname } from "node:path";
import { type Random, randomInt } from "../../../services/lib/random.ts";
import type { Disk } from "../../../services/order/storage/disk.ts";

interface Node {
  /** What a process reads. */
  bytes: Buffer;
  /** What a power failure leaves. */
  synced: Buffer;
}

interface Handle {
  readonly path: string;
  readonly node: Node | undefined;
}

/** What ended the process: the system goes on, or loses what was not synced, or keeps any part of it. */
export type Crash = "kill" | "power" | "partly";

/**
 * A file system in memory that knows what is synced: contents by a sync of the
 * file, names by a sync of the folder. After `callsLeft` calls it is dead, as it
 * is to a process that ends there: calls throw and syncs never come back.
 */
export class MemoryFiles implements Disk {
  calls = 0;
  /** Throws to make a call fail. */
  fault: (call: string, path: string) => void = () => undefined;
  /** Called when the last call was made. */
  onDeath: () => void = () => undefined;
  /** Calls that are put off, by name and path. */
  private readonly held = new Map<string, (() => void)[]>();
  private readonly names = new Map<string, Node>();
  private readonly handles = new Map<number, Handle>();
  private nextFd = 3;

  constructor(
    private readonly callsLeft = Infinity,
    private syncedNames = new Map<string, Node>(),
  ) {
    for (const [path, node] of syncedNames) this.names.set(path, node);
  }

  // ------------------------------------------------------------ for tests

  /** The file's content; empty if there is none. */
  content(path: string): Buffer {
    return Buffer.from(this.names.get(path)?.bytes ?? "");
  }

  /** Puts a file there, synced. */
  put(path: string, bytes: Uint8Array): void {
    const node = { bytes: Buffer.from(bytes), synced: Buffer.from(bytes) };
    this.names.set(path, node);
    this.syncedNames.set(path, node);
  }

  /** Changes one byte of a file, for those too who have it open. */
  change(path: string, offset: number): void {
    const node = this.names.get(path);
    if (node === undefined) throw failure("ENOENT", path);
    node.bytes = Buffer.from(node.bytes);
    node.bytes[offset] = (node.bytes[offset] ?? 0) ^ 1;
  }

  delete(path: string): void {
    this.names.delete(path);
    this.syncedNames.delete(path);
  }

  paths(): string[] {
    return [...this.names.keys()].sort();
  }

  /** File handles that were not closed. */
  get opened(): number {
    return this.handles.size;
  }

  /** These calls ("sync" or "readLater") on this file no longer come back, until `release`. */
  hold(call: string, path: string): void {
    this.held.set(`${call} ${path}`, []);
  }

  release(): void {
    const finishes = [...this.held.values()].flat();
    this.held.clear();
    for (const finish of finishes) finish();
  }

  /** The files as the next process finds them. */
  afterCrash(crash: Crash, random: Random): MemoryFiles {
    const names = crash === "kill" || (crash === "partly" && random.float() < 0.5) ? this.names : this.syncedNames;
    const left = new MemoryFiles();
    for (const [path, node] of names) left.put(path, remains(node, crash, random));
    // The system goes on: what was not synced still is not.
    if (crash === "kill") for (const [path, { synced }] of names) left.unsync(path, synced);
    return left;
  }

  // ------------------------------------------------------------ calls

  open(path: string, flags: string): number {
    this.call("open", path);
    let node = this.names.get(path);
    if (node === undefined && (flags === "a" || flags === "w")) {
      node = { bytes: Buffer.alloc(0), synced: Buffer.alloc(0) };
      this.names.set(path, node);
    }
    if (node === undefined && !this.isFolder(path)) throw failure("ENOENT", path);
    if (flags === "w" && node !== undefined) node.bytes = Buffer.alloc(0);
    this.handles.set(this.nextFd, { path, node });
    return this.nextFd++;
  }

  write(fd: number, bytes: Uint8Array): void {
    const node = this.node("write", fd);
    node.bytes = Buffer.concat([node.bytes, bytes]);
  }

  writeAt(fd: number, bytes: Uint8Array, offset: number): void {
    const node = this.node("writeAt", fd);
    const content = Buffer.alloc(Math.max(node.bytes.length, offset + bytes.length));
    node.bytes.copy(content);
    content.set(bytes, offset);
    node.bytes = content;
  }

  read(fd: number, buffer: Uint8Array, length: number, offset: number): number {
    return this.node("read", fd).bytes.copy(buffer, 0, offset, offset + length);
  }

  readLater(
    fd: number,
    buffer: Uint8Array,
    length: number,
    offset: number,
    done: (error: Error | null, bytes: number) => void,
  ): void {
    this.finishLater("readLater", fd, () => {
      try {
        done(null, this.read(fd, buffer, length, offset));
      } catch (error) {
        done(error as Error, 0);
      }
    });
  }

  size(fd: number): number {
    return this.node("size", fd).bytes.length;
  }

  truncate(fd: number, bytes: number): void {
    const node = this.node("truncate", fd);
    node.bytes = Buffer.from(node.bytes.subarray(0, bytes));
  }

  sync(fd: number, done: (error: Error | null) => void): void {
    let finish: () => void;
    try {
      finish = this.beginSync(fd);
    } catch (error) {
      if (!this.isDead) queueMicrotask(() => done(error as Error));
      return;
    }
    const complete = (): void => {
      if (this.isDead) return;
      finish();
      done(null);
    };
    this.finishLater("sync", fd, complete);
  }

  syncFully(fd: number, done: (error: Error | null) => void): void {
    this.sync(fd, done);
  }

  syncNow(fd: number): void {
    this.beginSync(fd)();
  }

  close(fd: number): void {
    this.handles.delete(fd);
  }

  exists(path: string): boolean {
    return this.names.has(path);
  }

  rename(from: string, to: string): void {
    this.call("rename", from);
    const node = this.names.get(from);
    if (node === undefined) throw failure("ENOENT", from);
    this.names.delete(from);
    this.names.set(to, node);
  }

  makeFolder(): void {
    // Every folder is there.
  }

  // ------------------------------------------------------------

  private finishLater(call: string, fd: number, finish: () => void): void {
    const held = this.held.get(`${call} ${this.handles.get(fd)?.path}`);
    if (held === undefined) queueMicrotask(finish);
    else held.push(finish);
  }

  private unsync(path: string, synced: Buffer): void {
    const node = this.names.get(path);
    if (node !== undefined) node.synced = synced;
  }

  private get isDead(): boolean {
    return this.calls > this.callsLeft;
  }

  private call(call: string, path: string): void {
    this.calls++;
    if (this.isDead) {
      this.onDeath();
      throw failure("EDEAD", path);
    }
    this.fault(call, path);
  }

  private node(call: string, fd: number): Node {
    const handle = this.handles.get(fd);
    if (handle?.node === undefined) throw failure("EBADF", String(fd));
    this.call(call, handle.path);
    return handle.node;
  }

  /** What is written before a sync begins is durable when it ends. */
  private beginSync(fd: number): () => void {
    const handle = this.handles.get(fd);
    if (handle === undefined) throw failure("EBADF", String(fd));
    this.call("sync", handle.path);
    const { node, path } = handle;
    if (node === undefined) return () => this.syncFolder(path);
    const bytes = Buffer.from(node.bytes);
    return () => {
      node.synced = bytes;
    };
  }

  private syncFolder(path: string): void {
    const elsewhere = [...this.syncedNames].filter(([name]) => dirname(name) !== path);
    const here = [...this.names].filter(([name]) => dirname(name) === path);
    this.syncedNames = new Map([...elsewhere, ...here]);
  }

  private isFolder(path: string): boolean {
    return path === "." || path === "/" || path === "/replica";
  }
}

function remains({ bytes, synced }: Node, crash: Crash, random: Random): Buffer {
  if (crash === "kill") return bytes;
  if (crash === "power") return synced;
  const appended = bytes.length > synced.length && bytes.subarray(0, synced.length).equals(synced);
  if (appended) return bytes.subarray(0, synced.length + randomInt(random, bytes.length - synced.length + 1));
  return random.float() < 0.5 ? bytes : synced;
}

export function failure(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}
