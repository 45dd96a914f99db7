/** A promise that was broken, in the words of the check that saw it. */
export interface Violation {
  readonly check: string;
  readonly message: string;
  readonly atMs: number;
}

/** What is told of a run: broken promises always, the story only if asked for. */
export class WorldLog {
  violation: Violation | undefined;
  readonly story: { readonly atMs: number; readonly who: string; readonly what: string }[] = [];

  constructor(
    /** Off: no line of the story is even put together. */
    readonly tells: boolean,
    private readonly nowMs: () => number,
  ) {}

  /** The first broken promise ends the run; what follows from it says nothing new. */
  fail(check: string, message: string): void {
    this.violation ??= { check, message, atMs: this.nowMs() };
  }

  /** To be called only if `tells`. */
  tell(who: string, what: string): void {
    this.story.push({ atMs: this.nowMs(), who, what });
  }
}
