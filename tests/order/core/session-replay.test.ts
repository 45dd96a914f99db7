import { describe, expect, test } from "bun:test";
import type { CatalogWork, Entry } from "../../../services/order/core/types.ts";
import { entriesOfTerm, entry, order } from "./names.ts";
import { commitAll, effectsOf, repliesOf } from "./parts.ts";
import { append, buy, type Counter, commit, counter, open, reopen, worksOf } from "./session-parts.ts";

const nothing = { settles: [], returns: [], reserves: [] };
const reserve = (ticket: number, key: string) => ({ ticket, key, product: "Tux", quantity: 1 });

/** Answers what the replay reads, tick by tick, until it has ended and what waited is said. Gives what was said. */
function finish({ session, shared }: Counter, disk: readonly Entry[]): CatalogWork[] {
  const works: CatalogWork[] = [];
  for (let turns = 0; turns < 20; turns++) {
    session.onTick();
    session.flush();
    for (const effect of shared.outbox.take()) {
      if (effect.type === "catalog-work") works.push(effect.work);
      if (effect.type !== "read-entries") continue;
      session.onRead(effect.token, disk.slice(effect.first - 1, effect.first - 1 + effect.entriesMax));
    }
  }
  expect(session.isReady).toBe(true);
  return works;
}

/** Five orders and 5 and 6, all on disk; 5 and 6 are appended and not committed. Session 2 waits for the disk. */
function replaying(): { one: Counter; disk: Entry[] } {
  const one = counter({ limits: { tailEntriesMax: 1, settlesMax: 2 } });
  open(one, 5);
  append(one, "c:5", "c:6");
  reopen(one);
  open(one, 0);
  return { one, disk: [...entriesOfTerm(1, 5), entry(7, 2), entry(8, 2, 5), entry(9, 2, 6)] };
}

describe("the replay", () => {
  test("settles what is committed, sets aside anew what is appended, and ends, before anything new is reserved", () => {
    const one = counter();
    open(one, 5);
    append(one, "c:5", "c:6");
    reopen(one);
    buy(one, "c:new");
    open(one, 3);
    one.session.flush();
    expect(worksOf(one.shared)).toEqual([
      { ...nothing, settles: [order(3), order(4)] },
      { ...nothing, reserves: [reserve(3, "c:5"), reserve(4, "c:6")], replayed: true },
      { ...nothing, reserves: [reserve(5, "c:new")] },
    ]);
  });

  test("ends with a message that says so, also when there is nothing else to say", () => {
    const one = counter();
    open(one, 5);
    expect(one.session.isReady).toBe(true);
    expect(worksOf(one.shared)).toEqual([{ ...nothing, replayed: true }]);
  });

  test("ends once in a session, and once again in the next", () => {
    const one = counter();
    open(one, 5);
    append(one, "c:5");
    commit(one);
    one.session.onTick();
    one.session.flush();
    expect(worksOf(one.shared).map(({ replayed }) => replayed)).toEqual([undefined]);
    reopen(one);
    open(one, 6);
    expect(worksOf(one.shared)).toEqual([{ ...nothing, replayed: true }]);
  });

  test.each([
    [1, [1]],
    [2, [2]],
    [3, [2, 1]],
    [4, [2, 2]],
    [5, [2, 2, 1]],
  ])("sets %d appended orders aside in parts of two, and ends with the last part", (count, parts) => {
    const one = counter({ limits: { reservesMax: 2 } });
    const keys = Array.from({ length: count }, (_, n) => `c:${5 + n}`);
    open(one, 5);
    append(one, ...keys);
    reopen(one);
    open(one, 5);
    const works = worksOf(one.shared);
    expect(works.flatMap(({ reserves }) => reserves.map(({ key }) => key))).toEqual(keys);
    expect(works.map(({ reserves }) => reserves.length)).toEqual(parts);
    expect(works.map(({ replayed }) => replayed)).toEqual(parts.map((_, at) => at === parts.length - 1 || undefined));
  });

  test("changes nothing by what the catalog answers: the orders are in the log already", () => {
    const one = counter();
    open(one, 5);
    append(one, "c:5", "c:6");
    reopen(one);
    open(one, 5);
    const [yes, no] = worksOf(one.shared).flatMap(({ reserves }) => reserves.map(({ ticket }) => ticket));
    one.session.onReplies(2, [
      { ticket: yes ?? -1, code: 1 },
      { ticket: no ?? -1, code: -1 },
    ]);
    expect(repliesOf(one.shared)).toEqual([]);
    expect(one.shared.log.orders).toBe(7);
    commit(one);
    expect(repliesOf(one.shared).map((reply) => reply.order)).toEqual([order(5), order(6)]);
  });

  test("settles an order that commits meanwhile, once and in order", () => {
    const { one, disk } = replaying();
    commit(one);
    const works = finish(one, disk);
    expect(works.flatMap(({ settles }) => settles)).toEqual([0, 1, 2, 3, 4, 5, 6].map((n) => order(n)));
    expect(works.at(-1)).toEqual({ ...nothing, replayed: true });
  });

  test("settles what committed in the session before and was not told there, once and in order", () => {
    const one = counter();
    open(one, 5);
    append(one, "c:5", "c:6");
    commit(one, 8);
    reopen(one);
    open(one, 5);
    const works = finish(one, []);
    commit(one);
    works.push(...finish(one, []));
    expect(works.flatMap(({ settles }) => settles)).toEqual([order(5), order(6)]);
  });

  test("settles what has committed meanwhile, and sets aside anew what has not", () => {
    const { one, disk } = replaying();
    commit(one, 8);
    const works = finish(one, disk);
    expect(works.flatMap(({ settles }) => settles)).toEqual([0, 1, 2, 3, 4, 5].map((n) => order(n)));
    expect(works.at(-1)).toEqual({ ...nothing, reserves: [reserve(3, "c:6")], replayed: true });
    commit(one);
    expect(finish(one, disk)).toEqual([{ ...nothing, settles: [order(6)] }]);
  });

  test("holds new purchases back until it has ended", () => {
    const { one, disk } = replaying();
    buy(one, "c:new");
    const works = finish(one, disk);
    const ended = works.findIndex(({ replayed }) => replayed === true);
    expect(works.slice(0, ended).flatMap(({ reserves }) => reserves)).toEqual([]);
    expect(works.slice(ended).map(({ reserves }) => reserves.map(({ key }) => key))).toEqual([
      ["c:5", "c:6"],
      ["c:new"],
    ]);
  });

  test("begins anew in the next session; what the last one asked the disk for is void", () => {
    const { one, disk } = replaying();
    const [read] = effectsOf(one.shared, "read-entries");
    const late = (): void => one.session.onRead(read?.token ?? -1, disk.slice(0, 2));
    reopen(one);
    late();
    open(one, 1);
    late();
    const settled = finish(one, disk).flatMap(({ settles }) => settles);
    expect(settled).toEqual([1, 2, 3, 4].map((n) => order(n)));
  });

  test("may be as long as the log: it comes from the disk, in ranges", () => {
    const one = counter({ entries: entriesOfTerm(1, 30), limits: { tailEntriesMax: 2, settlesMax: 10 } });
    one.shared.log.commitTo(one.shared.log.last.index);
    for (let n = 30; n < 40; n++) one.leadership.append({ product: "Tux", quantity: 1, key: `c:${n}` });
    commitAll(one.shared, one.leadership);
    one.shared.outbox.take();
    open(one, 20);
    const [read] = effectsOf(one.shared, "read-entries");
    expect(read).toMatchObject({ first: 21, entriesMax: 10 });
    expect(one.session.isReady).toBe(false);
    one.session.onRead((read?.token ?? 0) + 1, entriesOfTerm(1, 30).slice(20));
    expect(worksOf(one.shared)).toEqual([]);
    one.session.onRead(read?.token ?? -1, entriesOfTerm(1, 30).slice(20, 30));
    const settled = worksOf(one.shared).flatMap(({ settles }) => settles.map(({ number }) => number as number));
    expect(settled.slice(0, 9)).toEqual([20, 21, 22, 23, 24, 25, 26, 27, 28]);
  });

  test("to a catalog that knows more than the log does not take place: the session is closed", () => {
    const one = counter();
    one.shared.outbox.take();
    open(one, 6);
    expect(one.session.isReady).toBe(false);
    const effects = one.shared.outbox.take();
    expect(effects.map(({ type }) => type)).toEqual(["notice", "close-catalog"]);
    one.shared.now += one.shared.limits.catalogRefusedMs - 1;
    one.session.onTick();
    expect(effectsOf(one.shared, "open-catalog")).toEqual([]);
    one.shared.now += 1;
    one.session.onTick();
    expect(effectsOf(one.shared, "open-catalog")).toHaveLength(1);
  });
});
