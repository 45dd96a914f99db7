/** An operation of a history. Times are places in one order; all differ. */
export interface Timed<Op> {
  readonly op: Op;
  readonly invoked: number;
  /** Infinity: never answered; it may take effect at any time after its invocation, or never. */
  readonly returned: number;
}

/** A sequential object. */
export interface Model<State, Op> {
  readonly initial: State;
  /** The state after `op`; undefined: the object in this state does not do this. */
  step(state: State, op: Op): State | undefined;
  /** Equal for equal states, different for others. */
  key(state: State): string;
}

/** "undecided": the search was given up. */
export type Verdict = "linearizable" | "not linearizable" | "undecided";

/** A call or a return; returns point to nothing. In a doubly linked list, in order of time. */
interface Entry<Op> {
  readonly op: Op;
  readonly id: number;
  readonly optional: boolean;
  /** Of a call: its return; undefined for a return, and for a call that never returns. */
  match: Entry<Op> | undefined;
  readonly isCall: boolean;
  previous: Entry<Op>;
  next: Entry<Op>;
}

/**
 * Whether some order of the operations, which respects that one that returned
 * before another was invoked comes first, is what the object could have done.
 * The search is Wing and Gong's (1993), with Lowe's memory of configurations
 * that led nowhere (2017). Histories of independent objects are to be checked
 * one by one (Herlihy and Wing, 1990: linearizability is local).
 */
export function checkHistory<State, Op>(
  model: Model<State, Op>,
  history: readonly Timed<Op>[],
  stepsMax = 200_000,
): Verdict {
  const head = link(history);
  /** A bit for each operation that has been given its place. */
  const done = Buffer.alloc((history.length >> 3) + 1);
  const seen = new Set<string>();
  const stack: { readonly entry: Entry<Op>; readonly state: State }[] = [];
  let open = history.filter(({ returned }) => returned < Infinity).length;
  let state = model.initial;
  let entry = head.next;
  for (let steps = 0; open > 0; steps++) {
    if (steps > stepsMax) return "undecided";
    const next = entry.isCall ? model.step(state, entry.op) : undefined;
    if (next !== undefined && isNew(seen, done, entry.id, model.key(next))) {
      stack.push({ entry, state });
      flip(done, entry.id);
      if (!entry.optional) open--;
      state = next;
      lift(entry);
      entry = head.next;
    } else if (entry.isCall) {
      entry = entry.next;
    } else {
      // At a return, or at the head: what was chosen so far leads nowhere.
      const back = stack.pop();
      if (back === undefined) return "not linearizable";
      ({ state } = back);
      flip(done, back.entry.id);
      if (!back.entry.optional) open++;
      unlift(back.entry);
      entry = back.entry.next;
    }
  }
  return "linearizable";
}

/** The list of calls and returns, as a ring with a head that is neither. */
function link<Op>(history: readonly Timed<Op>[]): Entry<Op> {
  const events: { readonly at: number; readonly entry: Entry<Op> }[] = [];
  history.forEach(({ op, invoked, returned }, id) => {
    const optional = returned === Infinity;
    const call = entryOf(op, id, optional, true);
    events.push({ at: invoked, entry: call });
    if (optional) return;
    call.match = entryOf(op, id, optional, false);
    events.push({ at: returned, entry: call.match });
  });
  events.sort((one, other) => one.at - other.at);
  const head = entryOf(undefined as Op, -1, false, false);
  for (const { entry } of events) insert(entry, head.previous, head);
  return head;
}

function entryOf<Op>(op: Op, id: number, optional: boolean, isCall: boolean): Entry<Op> {
  const entry = { op, id, optional, isCall, match: undefined } as unknown as Entry<Op>;
  entry.previous = entry;
  entry.next = entry;
  return entry;
}

function insert<Op>(entry: Entry<Op>, previous: Entry<Op>, next: Entry<Op>): void {
  entry.previous = previous;
  entry.next = next;
  previous.next = entry;
  next.previous = entry;
}

/** Takes a call and its return out of the list; their own links still tell where they stood. */
function lift<Op>(entry: Entry<Op>): void {
  for (const one of [entry, entry.match]) {
    if (one === undefined) continue;
    one.previous.next = one.next;
    one.next.previous = one.previous;
  }
}

/** Undoes `lift`, in the opposite order. */
function unlift<Op>(entry: Entry<Op>): void {
  for (const one of [entry.match, entry]) {
    if (one === undefined) continue;
    one.previous.next = one;
    one.next.previous = one;
  }
}

function flip(bits: Buffer, id: number): void {
  bits[id >> 3] = (bits[id >> 3] ?? 0) ^ (1 << (id & 7));
}

/** False: this configuration was reached before, and led nowhere. */
function isNew(seen: Set<string>, done: Buffer, id: number, state: string): boolean {
  flip(done, id);
  const key = done.toString("latin1") + state;
  flip(done, id);
  if (seen.has(key)) return false;
  seen.add(key);
  return true;
}
