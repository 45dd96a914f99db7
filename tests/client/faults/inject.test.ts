import { describe, expect, test } from "bun:test";
import { parseFault } from "../../../services/client/faults/fault.ts";
import { Injector } from "../../../services/client/faults/inject.ts";

const processes = [1, 2, 3].map((id) => ({ name: `order ${id}`, pid: 100 + id }));

/** A store in which order 2 leads, time that is moved by hand, and what was done. */
function makeWorld(changed: { isService?: (pid: number) => boolean; problem?: string } = {}) {
  const done: string[] = [];
  const timers: { atMs: number; act: () => void; cancelled: boolean }[] = [];
  let nowMs = 0;
  const injector = new Injector({
    processes: () => (changed.problem === undefined ? { url: "http://x:1", processes } : { problem: changed.problem }),
    isService: changed.isService ?? (() => true),
    leader: () => Promise.resolve(2),
    signal: (pid, signal) => void done.push(`${signal} ${pid}`),
    after: (ms, act) => {
      const timer = { atMs: nowMs + ms, act, cancelled: false };
      timers.push(timer);
      return () => {
        timer.cancelled = true;
      };
    },
    onEvent: (label) => void done.push(label),
  });
  const passTo = async (ms: number): Promise<void> => {
    nowMs = ms;
    for (const timer of timers.filter(({ atMs }) => atMs <= nowMs)) {
      timers.splice(timers.indexOf(timer), 1);
      if (!timer.cancelled) timer.act();
    }
    await Bun.sleep(0);
  };
  return { injector, done, passTo };
}

function faults(...texts: string[]) {
  return texts.map((text) => {
    const fault = parseFault(text);
    if ("problem" in fault) throw new Error(fault.problem);
    return fault;
  });
}

describe("a fault on request", () => {
  test("hits whoever has the role when its time has come", async () => {
    const { injector, done, passTo } = makeWorld();
    injector.start(faults("kill:leader@10s", "kill:follower@20s"), 0);
    await passTo(9_999);
    expect(done).toEqual([]);
    await passTo(10_000);
    expect(done).toEqual(["SIGKILL 102", "kill leader, order 2 (pid 102)"]);
    await passTo(20_000);
    expect(done.slice(2)).toEqual(["SIGKILL 103", "kill follower, order 3 (pid 103)"]);
  });

  test("counts its time from the measured time, with what of it is over or to come", async () => {
    const { injector, done, passTo } = makeWorld();
    injector.start(faults("kill:order1@1s"), -500);
    await passTo(1_499);
    expect(done).toEqual([]);
    await passTo(1_500);
    expect(done).toEqual(["SIGKILL 101", "kill order 1 (pid 101)"]);
  });

  test("lets a stopped process go on after its time, or when the run ends before", async () => {
    const { injector, done, passTo } = makeWorld();
    injector.start(faults("stop:order1@1s+3s", "stop:order2@1s+9s", "kill:order3@9s"), 0);
    await passTo(1_000);
    await passTo(4_000);
    expect(done).toEqual([
      "SIGSTOP 101",
      "stop order 1 (pid 101)",
      "SIGSTOP 102",
      "stop order 2 (pid 102)",
      "SIGCONT 101",
      "order 1 goes on",
    ]);
    injector.end();
    expect(done.slice(6)).toEqual(["SIGCONT 102", "order 2 goes on"]);
    await passTo(20_000);
    expect(done).toHaveLength(8);
  });

  test("never signals a pid that is no longer what the list says, and reports what it could not do", async () => {
    const stale = makeWorld({ isService: () => false });
    stale.injector.start(faults("kill:order1@1s", "kill:catalog@1s"), 0);
    await stale.passTo(1_000);
    expect(stale.done).toEqual([
      "kill:order1@1s not done: pid 101 is not order 1 (any more)",
      "kill:catalog@1s not done: catalog is not running",
    ]);
    const gone = makeWorld({ problem: "no list" });
    gone.injector.start(faults("kill:leader@1s"), 0);
    await gone.passTo(1_000);
    expect(gone.done).toEqual(["kill:leader@1s not done: no list"]);
  });
});
