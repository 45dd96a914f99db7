import type { Version } from "./types.ts";

const nothing: readonly never[] = [];

/**
 * Answers that are decided but may not be shown before a change is released, in
 * the order they were asked. An answer behind one that waits for a later change
 * waits with it: releases come in groups, so that is at most one group longer.
 */
export class Waiting<Answer> {
  private answers: Answer[] = [];
  private versions: Version[] = [];
  private head = 0;

  constructor(private readonly answersMax: number) {}

  get isFull(): boolean {
    return this.answers.length - this.head >= this.answersMax;
  }

  /** The caller has checked `isFull`. */
  push(version: Version, answer: Answer): void {
    this.versions.push(version);
    this.answers.push(answer);
  }

  /** Takes out every answer at the front that waits for nothing after `released`. */
  release(released: Version): readonly Answer[] {
    const from = this.head;
    while (this.head < this.versions.length && (this.versions[this.head] as Version) <= released) this.head += 1;
    if (this.head === from) return nothing;
    const free = this.answers.slice(from, this.head);
    this.compact();
    return free;
  }

  clear(): void {
    this.answers = [];
    this.versions = [];
    this.head = 0;
  }

  /** Moving the rest costs nothing on average: it happens when most of the array is handed out. */
  private compact(): void {
    if (this.head * 2 < this.answers.length) return;
    this.answers.splice(0, this.head);
    this.versions.splice(0, this.head);
    this.head = 0;
  }
}
