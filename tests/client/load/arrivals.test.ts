import { describe, expect, test } from "bun:test";
import { Arrivals } from "../../../services/client/load/arrivals.ts";
import { shareOut } from "../../../services/client/load/plan.ts";
import { makePicker } from "../../../services/client/load/products.ts";
import { seededRandom } from "../../../services/lib/random.ts";
import { wanted } from "../report/sample.ts";

function times(index: number, of: number): number[] {
  const arrivals = new Arrivals(4, 2_000, { index, of });
  const due: number[] = [];
  for (let at = arrivals.peek(); at !== undefined; at = arrivals.peek()) {
    due.push(at);
    arrivals.advance();
  }
  return due;
}

describe("a constant rate", () => {
  test("has its iterations at equal distances, and ends with the time", () => {
    expect(times(0, 1)).toEqual([0, 250, 500, 750, 1_000, 1_250, 1_500, 1_750]);
  });

  test("shared out to workers is the same rate", () => {
    expect([times(0, 3), times(1, 3), times(2, 3)].flat().sort((a, b) => a - b)).toEqual(times(0, 1));
  });
});

describe("a load shared out to workers", () => {
  test("has all its connections, each once", () => {
    const plan = { ...wanted("--n-threads", "7").plan, toys: ["Tux"], journalFile: undefined };
    const parts = shareOut(plan, 3, 0);
    expect(parts.map(({ connections, worker }) => [worker.firstConnection, connections])).toEqual([
      [0, 3],
      [3, 2],
      [5, 2],
    ]);
  });
});

describe("products are drawn", () => {
  const toys = ["a", "b", "c", "d"];

  function draw(choice: Parameters<typeof makePicker>[0]): Map<string, number> {
    const random = seededRandom(1);
    const pick = makePicker(choice, toys);
    const counts = new Map<string, number>();
    for (let i = 0; i < 20_000; i++) {
      const name = pick(random);
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    return counts;
  }

  test("evenly", () => {
    const counts = draw({ type: "uniform" });
    for (const toy of toys) expect((counts.get(toy) ?? 0) / 5_000).toBeCloseTo(1, 0);
  });

  test("by Zipf's law: the k-th with weight 1 / k^s", () => {
    const counts = draw({ type: "zipf", exponent: 1 });
    const share = (toy: string): number => (counts.get(toy) ?? 0) / 20_000;
    // 1 + 1/2 + 1/3 + 1/4 = 25/12
    expect(share("a")).toBeCloseTo(12 / 25, 1);
    expect(share("b")).toBeCloseTo(6 / 25, 1);
    expect(share("d")).toBeCloseTo(3 / 25, 1);
  });

  test("as one hot product", () => {
    expect([...draw({ type: "hot", name: "Tux" })]).toEqual([["Tux", 20_000]]);
  });
});
