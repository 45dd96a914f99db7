import { expect, test } from "bun:test";
import { assert, InvariantError } from "../../../services/lib/assert.ts";
import {
  type Entry,
  firstOfGroup,
  type Key,
  type OrderNumber,
  ordersPerRead,
  type Recovered,
} from "../../../services/order/core/types.ts";
import type { ReplicaStore } from "../../../services/order/storage/store.ts";
import { keysIn } from "../core/keys.ts";
import { LogMaker, me, smallLog } from "./entries.ts";
import { index, readAll, readOrder, rejection, Told, term } from "./opened.ts";

/** A place that stores can be opened on, one after the other; the tail they recover is of 6 entries. */
export interface StorePlace {
  open(told: Told): Promise<ReplicaStore>;
}

/** What was recovered, its keys read. */
type Reopened = Omit<Recovered, "keys"> & { readonly keys: readonly (readonly [Key, OrderNumber])[] };

/** What every ReplicaStore does. */
export function storeContract(newPlace: () => StorePlace): void {
  const founded = async (place: StorePlace, told = new Told()): Promise<ReplicaStore> => {
    const store = await place.open(told);
    await store.saveIdentity("toys", true);
    return store;
  };
  const reopened = async (place: StorePlace): Promise<Reopened> => {
    const store = await place.open(new Told());
    const { recovered } = store.found;
    assert(recovered !== undefined, "the place holds a store");
    const keys = keysIn(recovered);
    await store.close();
    return { ...recovered, keys };
  };
  const filled = async (place: StorePlace, entries: readonly Entry[]): Promise<Reopened> => {
    const store = await founded(place);
    store.append(entries);
    await store.close();
    return reopened(place);
  };

  test("a place where nothing is may found", async () => {
    const store = await newPlace().open(new Told());
    expect(store.found).toEqual({ recovered: undefined, mayFound: true });
    await store.close();
  });

  test("an identity alone makes a store, with an empty log", async () => {
    const place = newPlace();
    await (await founded(place)).close();
    const recovered = await reopened(place);
    expect(recovered).toEqual({
      storeId: "toys",
      voter: true,
      term: term(0),
      votedFor: undefined,
      last: { index: index(0), term: term(0) },
      orders: 0,
      termStarts: [],
      tail: [],
      keys: [],
    });
  });

  test("a replica may stop being a voter and become one again", async () => {
    const place = newPlace();
    const store = await founded(place);
    await store.saveIdentity("toys", false);
    await store.close();
    expect((await reopened(place)).voter).toBe(false);
  });

  test("a vote is remembered, the last one", async () => {
    const place = newPlace();
    const store = await founded(place);
    await store.saveVote(term(3), me);
    await store.saveVote(term(4), undefined);
    await store.close();
    expect(await reopened(place)).toMatchObject({ term: 4, votedFor: undefined });
  });

  test("a vote that does not wait for the one before is saved after it", async () => {
    const place = newPlace();
    const store = await founded(place);
    await Promise.all([store.saveVote(term(3), me), store.saveVote(term(4), undefined)]);
    await store.close();
    expect(await reopened(place)).toMatchObject({ term: 4, votedFor: undefined });
  });

  test("a term learned before there is an identity comes with it", async () => {
    const place = newPlace();
    const store = await place.open(new Told());
    await store.saveVote(term(7), undefined);
    await store.saveIdentity("toys", false);
    await store.close();
    expect((await reopened(place)).term).toBe(term(7));
  });

  test("without an identity nobody votes and nothing is appended", async () => {
    const store = await newPlace().open(new Told());
    expect(() => store.saveVote(term(1), me)).toThrow(InvariantError);
    expect(() => store.append(smallLog(1))).toThrow(InvariantError);
    await store.close();
  });

  test("a log whose last term is above the vote's has that term, and no vote in it", async () => {
    const place = newPlace();
    const store = await founded(place);
    await store.saveVote(term(1), me);
    store.append([new LogMaker().open(5)]);
    await store.close();
    expect(await reopened(place)).toMatchObject({ term: 5, votedFor: undefined });
  });

  test("what was appended is recovered: last position, orders, tail, and the keys before the tail", async () => {
    const entries = smallLog(12);
    const recovered = await filled(newPlace(), entries);
    expect(recovered.last).toEqual({ index: index(13), term: term(1) });
    expect(recovered.orders).toBe(12);
    expect(recovered.tail).toEqual(entries.slice(-6));
    const keys = entries.slice(0, -6).flatMap(({ order }) => (order === undefined ? [] : [[order.key, order.number]]));
    expect(recovered.keys).toEqual(keys as [string, OrderNumber][]);
    expect(recovered.keys).toHaveLength(6);
  });

  test("the first index of each term is recovered", async () => {
    const maker = new LogMaker();
    const entries = [maker.open(1), ...maker.many(9), maker.open(2), maker.open(5), ...maker.many(3), maker.open(6)];
    const { termStarts } = await filled(newPlace(), entries);
    expect(termStarts.map((start) => [start.index, start.term])).toEqual([
      [index(1), term(1)],
      [index(11), term(2)],
      [index(12), term(5)],
      [index(16), term(6)],
    ]);
  });

  test("durable entries are reported, in order, up to the last", async () => {
    const told = new Told();
    const store = await founded(newPlace(), told);
    const entries = smallLog(30);
    for (const entry of entries) store.append([entry]);
    await store.close();
    const indexes = told.durable.map((position) => position.index);
    expect(indexes).toEqual([...indexes].sort((a, b) => a - b));
    expect(told.durable.at(-1)).toEqual({ index: index(31), term: term(1) });
  });

  test("entries can be read from the moment they are appended, in any range", async () => {
    const store = await founded(newPlace());
    const entries = smallLog(20);
    store.append(entries.slice(0, 15));
    expect(await readAll(store)).toEqual(entries.slice(0, 15));
    store.append(entries.slice(15));
    for (const [first, max] of [
      [1, 1],
      [1, 100],
      [3, 9],
      [4, 4],
      [21, 5],
      [20, 1],
    ] as const) {
      expect(await store.readEntries(index(first), max)).toEqual(entries.slice(first - 1, first - 1 + max));
    }
    expect(await store.readEntries(index(22), 5)).toEqual([]);
    await store.close();
  });

  test("every order can be read by its number, before and after a restart", async () => {
    const place = newPlace();
    const maker = new LogMaker();
    const entries = [maker.open(), ...maker.many(7), maker.open(), maker.open(), ...maker.many(12)];
    const orders = entries.flatMap(({ order }) => order ?? []);
    const store = await founded(place);
    store.append(entries);
    for (const order of orders) expect(await readOrder(store, order.number)).toEqual(order);
    const groups = await store.readGroups(orders.toReversed().map(({ number }) => number));
    for (const [nth, order] of orders.toReversed().entries()) {
      const first = groups[nth]?.[0]?.number ?? Infinity;
      expect(first).toBeWithin(firstOfGroup(order.number, ordersPerRead), order.number + 1);
      expect(groups[nth]).toEqual(orders.slice(first, first + (groups[nth]?.length ?? 0)));
      expect(groups[nth]).toContainEqual(order);
      expect(groups[nth]?.at(-1)?.number).toBeLessThan(firstOfGroup(order.number, ordersPerRead) + ordersPerRead);
    }
    await store.close();
    const again = await place.open(new Told());
    for (const order of orders) expect(await readOrder(again, order.number)).toEqual(order);
    expect(await readAll(again)).toEqual(entries);
    await again.close();
  });

  test("an order that is not in the log is a mistake of who asks", async () => {
    const store = await founded(newPlace());
    store.append(smallLog(2));
    expect(await rejection(readOrder(store, 2 as OrderNumber))).toBeInstanceOf(InvariantError);
    await store.close();
  });

  test("a cut takes the entries after it, and others take their place", async () => {
    const place = newPlace();
    const told = new Told();
    const store = await founded(place, told);
    const old = smallLog(20);
    store.append(old);
    await told.untilDurable(21);
    store.truncate(index(9));
    const kept = old.slice(0, 9);
    const maker = LogMaker.after(kept);
    const fresh = [maker.open(2), ...maker.many(7)];
    store.append(fresh);
    expect(await readAll(store)).toEqual([...kept, ...fresh]);
    await store.close();
    expect(told.durable.at(-1)).toEqual({ index: index(17), term: term(2) });
    const again = await place.open(new Told());
    expect(await readAll(again)).toEqual([...kept, ...fresh]);
    expect(again.found.recovered?.termStarts.map((start) => start.index)).toEqual([index(1), index(10)]);
    await again.close();
  });

  test("a cut of everything leaves an empty log", async () => {
    const place = newPlace();
    const store = await founded(place);
    store.append(smallLog(9));
    store.truncate(index(0));
    await store.close();
    expect(await reopened(place)).toMatchObject({ last: { index: 0, term: 0 }, orders: 0, tail: [], termStarts: [] });
  });

  test("an entry that was cut is not reported as durable", async () => {
    const told = new Told();
    const store = await founded(newPlace(), told);
    store.append(smallLog(9));
    store.truncate(index(4));
    const maker = LogMaker.after(smallLog(3));
    store.append([maker.open(2), ...maker.many(5)]);
    store.truncate(index(6));
    store.append(
      [LogMaker.after([...smallLog(3), maker.open(2)]).open(3)].map((entry) => ({ ...entry, index: index(7) })),
    );
    await store.close();
    const wrong = told.durable.filter((position) => position.index > 4 && position.term === 1);
    expect(wrong).toEqual([]);
    expect(told.durable.filter((position) => position.index > 6 && position.term === 2)).toEqual([]);
    expect(told.durable.at(-1)).toEqual({ index: index(7), term: term(3) });
  });

  test("a committed entry cannot be cut", async () => {
    const store = await founded(newPlace());
    store.append(smallLog(9));
    store.committed(index(5));
    store.committed(index(3));
    expect(() => store.truncate(index(4))).toThrow(InvariantError);
    store.truncate(index(5));
    expect(await readAll(store)).toEqual(smallLog(9).slice(0, 5));
    await store.close();
  });

  test("entries are consecutive", async () => {
    const store = await founded(newPlace());
    const [first, second, third] = smallLog(2);
    expect(() => store.append([second, third].filter((entry) => entry !== undefined))).toThrow(InvariantError);
    expect(first?.index).toBe(index(1));
    await store.close();
  });
}
