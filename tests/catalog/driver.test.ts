import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { pino } from "pino";
import { Catalog } from "../../services/catalog/core/catalog.ts";
import { foundingImage } from "../../services/catalog/core/founding.ts";
import { Ledger } from "../../services/catalog/core/ledger.ts";
import type { Change, Position, Refusal, Work } from "../../services/catalog/core/types.ts";
import { Driver } from "../../services/catalog/driver.ts";

/** Settles when the test lets it. */
class Later<T> {
  resolve: (value: T) => void = () => undefined;
  reject: (error: Error) => void = () => undefined;
  readonly promise = new Promise<T>((resolve, reject) => {
    this.resolve = resolve;
    this.reject = reject;
  });
}

let nowMs: number;
let appended: Change[][];
/** What was asked of the log, in order. */
let asked: ("append" | "sync")[];
let published: Later<{ editKeptAs: undefined }>;
let logged: string[];
let broken: unknown[];
let driver: Driver;

beforeEach(() => {
  nowMs = 0;
  appended = [];
  asked = [];
  published = new Later();
  logged = [];
  broken = [];
  const image = foundingImage([{ name: "Tux", priceCents: 1, quantity: 10 }]);
  const settings = { checkpointIntervalMs: 1_000, restockIntervalMs: 10_000, restockQuantity: 100 };
  const catalog = new Catalog(
    0,
    { ledger: new Ledger(image), changesSinceSnapshot: 0, held: "last" as const },
    settings,
  );
  const files = {
    append: (changes: readonly Change[]): void => {
      appended.push([...changes]);
      asked.push("append");
    },
    sync: () => void asked.push("sync"),
    snapshot: () => Promise.resolve(),
    publishCheckpoint: () => published.promise,
    close: () => Promise.resolve(),
  };
  const write = (line: string): void => void logged.push((JSON.parse(line) as { msg: string }).msg);
  driver = new Driver(catalog, files, { now: () => nowMs }, pino({}, { write }), (error) => broken.push(error));
  nowMs = 500;
});

afterEach(async () => {
  published.resolve({ editKeptAs: undefined });
  driver.durable(lastPosition());
  const stopped = driver.stop().then(() => true);
  while (!(await Promise.race([stopped, turn().then(() => false)]))) driver.durable(lastPosition());
});

/** Everything that was taken is drained. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const lastPosition = (): Position => appended.flat().at(-1)?.position ?? (1 as Position);
const nothing: Work = { settles: [], returns: [], reserves: [] };
const reserve = (ticket: number): Work => ({
  ...nothing,
  reserves: [{ ticket, key: `c:${ticket}`, product: "Tux", quantity: 1 }],
});
const settle = (number: number): Work => ({
  ...nothing,
  settles: [{ number, key: `c:${number}`, product: "Tux", quantity: 1 }],
});

/** A session; what it hears is taken or not. */
async function openSession(takes = true) {
  const refusals: Refusal[] = [];
  const replies: number[] = [];
  const opened: number[] = [];
  const caller = {
    opened: ({ settledBelow }: { settledBelow: number }) => {
      opened.push(settledBelow);
      return true;
    },
    replies: (each: readonly { ticket: number }[]) => {
      replies.push(...each.map(({ ticket }) => ticket));
      return takes;
    },
    refused: (refusal: Refusal) => void refusals.push(refusal),
  };
  const session = driver.openSession(caller, "s1", { term: 1, session: 1 });
  await turn();
  expect(opened).toEqual([]);
  driver.durable(lastPosition());
  await turn();
  expect(opened).toEqual([0]);
  return { session, refusals, replies };
}

describe("one turn", () => {
  test("everything that arrives in it goes to the log as one group", async () => {
    const { session } = await openSession();
    driver.work(session, settle(0));
    driver.work(session, settle(1));
    await turn();
    expect(appended.at(-1)?.map(({ type }) => type)).toEqual(["settle", "settle"]);
  });

  test("a group is appended before its sync is asked for, and a session is open when it is durable", async () => {
    await openSession();
    expect(asked).toEqual(["append", "sync"]);
  });

  test("what is reserved is answered with the next turn, whatever the disk does", async () => {
    const { session, replies } = await openSession();
    const before = appended.length;
    driver.work(session, reserve(1));
    await turn();
    expect(replies).toEqual([1]);
    expect(appended.length).toBe(before);
  });
});

describe("callers that do not take their answers", () => {
  test("a session is ended", async () => {
    const { session, refusals } = await openSession(false);
    driver.work(session, reserve(1));
    await turn();
    await turn();
    expect(refusals).toMatchObject([{ code: "overloaded" }]);
    expect(logged).toContain("session-closed");
  });

  test("a stream of queries is ended", async () => {
    const refusals: Refusal[] = [];
    const refused = (refusal: Refusal): void => void refusals.push(refusal);
    const caller = driver.addQueryCaller({ replies: () => false, refused });
    driver.query(caller, [{ id: 1, product: "Nothing" }]);
    await turn();
    expect(refusals).toMatchObject([{ code: "overloaded" }]);
  });

  test("a stream to a front-end is closed", async () => {
    let closed = 0;
    const close = (): void => {
      closed += 1;
    };
    driver.openFront({ send: () => false, close }, "front:1");
    await turn();
    expect(closed).toBe(1);
  });
});

test("a checkpoint that cannot be written is reported, and the catalog goes on", async () => {
  const { session } = await openSession();
  driver.work(session, settle(0));
  await turn();
  nowMs += 1_100;
  driver.durable(lastPosition());
  await turn();
  driver.durable(lastPosition());
  await turn();
  published.reject(new Error("ENOSPC"));
  await turn();
  await turn();
  expect(logged).toContain("checkpoint-failed");
  expect(broken).toEqual([]);
});

test("a broken invariant is told to the owner, and nothing is decided afterwards", async () => {
  const front = driver.openFront({ send: () => true, close: () => undefined }, "front:1");
  const reserves = new Proxy([], {
    get: () => {
      throw new Error("broken");
    },
  });
  const { session } = await openSession();
  driver.work(session, { ...nothing, reserves });
  expect(broken).toMatchObject([{ message: "broken" }]);
  const before = appended.length;
  driver.acknowledge(front, 1);
  driver.work(session, settle(0));
  await turn();
  expect(appended.length).toBe(before);
  expect(driver.isOpen).toBe(false);
});
