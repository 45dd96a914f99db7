import { expect, test } from "bun:test";
import { waitForLeader } from "../harness/leader.ts";
import type { TestStore } from "../harness/store.ts";
import type { Load } from "./load.ts";
import { openStore, startLoad } from "./opening.ts";
import { reportStall } from "./report.ts";
import { expectSound } from "./soundness.ts";

const timeoutMs = 120_000;

/** A follower of the leader that there is now. */
async function findFollower(store: TestStore): Promise<number> {
  return (await waitForLeader(store)) === 1 ? 2 : 1;
}

/** Whatever happens to one replica at a time: no request fails, none is answered wrongly, nothing is lost (P6). */
async function expectUnnoticed(store: TestStore, load: Load): Promise<void> {
  const purchases = await load.stop();
  expect(Object.fromEntries(load.troubles)).toEqual({});
  expect(load.violations).toEqual([]);
  await expectSound(store, purchases);
}

test(
  "P6: kill -9 of the leader, its restart, and kill -9 of the next leader cost no request",
  async () => {
    await using store = await openStore();
    await using load = startLoad(store);
    await load.progress(200);
    const first = await waitForLeader(store);
    load.takeLongestMs();
    await store.order(first).kill();
    const second = await waitForLeader(store, first);
    await load.progress(200);
    reportStall("kill -9 of the leader", load.takeLongestMs());
    store.order(first).start();
    await load.progress(200);
    await store.order(first).line(/started/, 1);
    await store.order(second).kill();
    await waitForLeader(store, second);
    await load.progress(200);
    reportStall("kill -9 of the next leader", load.takeLongestMs());
    store.order(second).start();
    await load.progress(200);
    await expectUnnoticed(store, load);
  },
  timeoutMs,
);

test(
  "P6: kill -9 and restart of a follower, of each in turn, cost no request",
  async () => {
    await using store = await openStore();
    await using load = startLoad(store);
    await load.progress(200);
    const leader = await waitForLeader(store);
    for (const follower of [1, 2, 3].filter((id) => id !== leader)) {
      await store.order(follower).kill();
      await load.progress(200);
      const linesBefore = store.order(follower).lines.length;
      store.order(follower).start();
      await store.order(follower).line(/following/, linesBefore);
      await load.progress(200);
    }
    reportStall("kill -9 of a follower", load.takeLongestMs());
    await expectUnnoticed(store, load);
  },
  timeoutMs,
);

test(
  "P6: a leader that is stopped, and goes on later, costs no request and misleads nobody",
  async () => {
    await using store = await openStore();
    await using load = startLoad(store);
    await load.progress(200);
    const first = await waitForLeader(store);
    load.takeLongestMs();
    store.order(first).pause();
    await waitForLeader(store, first);
    await load.progress(200);
    reportStall("SIGSTOP of the leader", load.takeLongestMs());
    store.order(first).resume();
    await load.progress(400);
    await expectUnnoticed(store, load);
  },
  timeoutMs,
);

test(
  "P6: a follower that is stopped, and goes on later, costs no request",
  async () => {
    await using store = await openStore();
    await using load = startLoad(store);
    await load.progress(200);
    const follower = await findFollower(store);
    store.order(follower).pause();
    await load.progress(400);
    store.order(follower).resume();
    await load.progress(200);
    await expectUnnoticed(store, load);
  },
  timeoutMs,
);

test(
  "P6: SIGTERM of each leader in turn: it hands over, ends with status 0, and costs no request",
  async () => {
    await using store = await openStore();
    await using load = startLoad(store);
    await load.progress(200);
    for (let turn = 0; turn < 3; turn++) {
      const leader = await waitForLeader(store);
      load.takeLongestMs();
      const ending = await store.order(leader).kill("SIGTERM");
      expect(ending).toEqual({ status: 0, signal: undefined });
      await load.progress(200);
      reportStall("SIGTERM of the leader", load.takeLongestMs());
      store.order(leader).start();
      await load.progress(200);
    }
    await expectUnnoticed(store, load);
  },
  timeoutMs,
);
