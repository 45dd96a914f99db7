import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { InvariantError } from "../../../services/lib/assert.ts";
import type {
  CallerId,
  Core,
  Effect,
  Entry,
  Event,
  LogIndex,
  OrderNumber,
  ReplicaId,
  Status,
  Term,
} from "../../../services/order/core/types.ts";
import type { Ports } from "../../../services/order/driver/ports.ts";
import { Driver } from "../../../services/order/driver.ts";

const term = 4 as Term;
const index = 9 as LogIndex;
const peer = 2 as ReplicaId;
const caller = 1 as CallerId;
const order = { number: 0 as OrderNumber, product: "Tux", quantity: 1, key: "u:1" };
const entry: Entry = { index, term, order };

/** Takes down what the driver does with it. */
class ScriptedCore implements Core {
  readonly steps: { readonly nowMs: number; readonly event: Event }[] = [];
  drains = 0;
  effects: Effect[] = [];
  commitIndex = 0 as LogIndex;
  broken = false;

  step(nowMs: number, event: Event): void {
    if (this.broken) throw new InvariantError("broken on purpose");
    this.steps.push({ nowMs, event });
  }

  drain(): Effect[] {
    this.drains++;
    const { effects } = this;
    this.effects = [];
    return effects;
  }

  status(): Status {
    const last = { index, term };
    const { commitIndex } = this;
    return { id: 1 as ReplicaId, term, last, commitIndex, leader: peer, eligible: true, storeId: "s", serving: false };
  }

  get eventTypes(): string[] {
    return this.steps.map(({ event }) => event.type);
  }
}

let core: ScriptedCore;
let done: string[];
let failures: unknown[];
let turns: (() => void)[];
let saving: Promise<void>;
let nowMs: number;
let onSend: () => void;
let eventTypesAtStart: string[];
let driver: Driver;

beforeEach(() => {
  core = new ScriptedCore();
  done = [];
  failures = [];
  turns = [];
  saving = Promise.resolve();
  nowMs = 1000;
  onSend = () => undefined;
  driver = new Driver({
    core,
    clock: { now: () => nowMs },
    tickMs: 3_600_000,
    defer: (drain) => turns.push(drain),
    fail: (error) => failures.push(error),
  });
  driver.start(ports());
  turn();
  eventTypesAtStart = core.eventTypes;
  core.steps.length = 0;
  core.drains = 0;
});

afterEach(() => driver.stop());

function ports(): Ports {
  return {
    log: {
      append: (entries) => done.push(`append ${entries.length}`),
      truncate: (after) => done.push(`truncate ${after}`),
      committed: (upTo) => done.push(`committed ${upTo}`),
      saveVote: () => (done.push("save-vote"), saving),
      saveIdentity: () => (done.push("save-identity"), saving),
      readEntries: () => Promise.resolve([entry]),
      readGroups: (numbers) => Promise.resolve(numbers.map((number) => [{ ...order, number }])),
    },
    peers: {
      send: (to, message) => {
        done.push(`send ${to} ${message.type}`);
        onSend();
      },
    },
    callers: { reply: (to, replies) => done.push(`reply ${to} ${replies.length}`) },
    forwarding: { forward: (to, calls) => done.push(`forward ${to} ${calls.length}`) },
    catalog: {
      open: (storeId, inTerm, session) => done.push(`open ${storeId} ${inTerm} ${session}`),
      close: () => done.push("close"),
      work: (session) => done.push(`work ${session}`),
    },
    operator: { notice: (level, message) => done.push(`${level} ${message}`) },
  };
}

/** The event loop comes round. */
function turn(): void {
  for (const drain of turns.splice(0)) drain();
}

const perform = (...effects: Effect[]): void => {
  core.effects = effects;
  driver.take({ type: "tick" });
  turn();
};

describe("events", () => {
  test("of one turn of the event loop share one drain", () => {
    driver.take({ type: "tick" });
    driver.take({ type: "propagate-closed", leader: peer });
    driver.take({ type: "follower-lost", follower: peer });
    expect(core.drains).toBe(0);
    turn();
    expect(core.drains).toBe(1);
    driver.take({ type: "tick" });
    turn();
    expect(core.drains).toBe(2);
  });

  test("carry the time at which they came", () => {
    driver.take({ type: "tick" });
    nowMs = 1017;
    driver.take({ type: "tick" });
    expect(core.steps.map((step) => step.nowMs)).toEqual([1000, 1017]);
  });

  test("that come while effects are performed are taken, and drained in the next turn", () => {
    onSend = () => driver.take({ type: "follower-lost", follower: peer });
    driver.take({ type: "tick" });
    core.effects = [{ type: "send", to: peer, message: { type: "nominate", consentTerm: term } }];
    turn();
    expect(core.drains).toBe(1);
    expect(turns.length).toBe(1);
    turn();
    expect(core.eventTypes).toEqual(["tick", "follower-lost"]);
    expect(core.drains).toBe(2);
  });

  test("tick once at the start", () => {
    expect(eventTypesAtStart).toEqual(["tick"]);
  });
});

describe("effects", () => {
  test("are performed in the order given", () => {
    perform(
      { type: "truncate", after: index },
      { type: "append", entries: [entry] },
      { type: "send", to: peer, message: { type: "nominate", consentTerm: term } },
      { type: "notice", level: "info", message: "told", details: {} },
      { type: "reply", caller, replies: [] },
      { type: "forward", to: peer, calls: [] },
      { type: "open-catalog", storeId: "s", term, session: 1 },
      { type: "catalog-work", session: 1, work: { settles: [], returns: [], reserves: [] } },
      { type: "close-catalog" },
    );
    expect(done).toEqual([
      "truncate 9",
      "append 1",
      "send 2 nominate",
      "info told",
      "reply 1 0",
      "forward 2 0",
      "open s 4 1",
      "work 1",
      "close",
    ]);
  });

  test("of the disk come back as events, each with its token", async () => {
    const later = (order.number + 1) as OrderNumber;
    perform(
      { type: "save-vote", token: 1, term, votedFor: peer },
      { type: "save-identity", token: 2, storeId: "s", voter: true },
      { type: "read-entries", token: 3, first: index, entriesMax: 1 },
      {
        type: "read-orders",
        reads: [
          { token: 4, number: order.number },
          { token: 5, number: later },
        ],
      },
    );
    await Promise.resolve();
    await Promise.resolve();
    expect(core.steps.slice(1).map(({ event }) => event)).toEqual([
      { type: "vote-saved", token: 1 },
      { type: "identity-saved", token: 2 },
      { type: "entries-read", token: 3, entries: [entry] },
      {
        type: "orders-read",
        reads: [
          { token: 4, orders: [order] },
          { token: 5, orders: [{ ...order, number: later }] },
        ],
      },
    ]);
  });

  test("are followed by the commit index, once for each advance", () => {
    core.commitIndex = 3 as LogIndex;
    perform({ type: "append", entries: [entry] });
    perform();
    core.commitIndex = 5 as LogIndex;
    perform();
    expect(done).toEqual(["append 1", "committed 3", "committed 5"]);
  });
});

describe("a replica that cannot go on", () => {
  test("ends on a broken invariant, and does nothing more", () => {
    core.broken = true;
    driver.take({ type: "tick" });
    driver.take({ type: "tick" });
    expect(failures).toEqual([new InvariantError("broken on purpose")]);
    turn();
    expect(core.drains).toBe(0);
  });

  test("ends when the disk fails, and never learns that its vote was saved", async () => {
    saving = Promise.reject(new Error("EIO"));
    perform({ type: "save-vote", token: 1, term, votedFor: peer });
    await saving.catch(() => undefined);
    await Promise.resolve();
    expect(failures).toEqual([new Error("EIO")]);
    expect(core.eventTypes).toEqual(["tick"]);
  });

  test("performs nothing after a failure in the middle of its effects", () => {
    perform({ type: "append", entries: [entry] }, { type: "broken" } as unknown as Effect, {
      type: "reply",
      caller,
      replies: [],
    });
    expect(done).toEqual(["append 1"]);
    expect(failures.length).toBe(1);
  });

  test("reports only its first failure", () => {
    driver.fail(new Error("first"));
    driver.fail(new Error("second"));
    expect(failures).toEqual([new Error("first")]);
  });
});

describe("leaving", () => {
  test("waits for the core to hand over", async () => {
    const left = driver.handOver();
    expect(core.eventTypes).toEqual(["hand-over"]);
    perform({ type: "handed-over" });
    await left;
    expect(failures).toEqual([]);
  });

  test("does not wait when the replica has ended", async () => {
    driver.stop();
    await driver.handOver();
    expect(core.steps).toEqual([]);
  });

  test("a stopped replica takes nothing and performs nothing", () => {
    driver.take({ type: "tick" });
    driver.stop();
    driver.take({ type: "tick" });
    turn();
    expect(core.eventTypes).toEqual(["tick"]);
    expect(core.drains).toBe(0);
  });
});
