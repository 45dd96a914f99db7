import { afterAll, describe, expect, test } from "bun:test";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Journal, type JournalHead, systemJournalCalls } from "../../../services/client/proof/journal.ts";
import { type JournalContent, readJournal } from "../../../services/client/proof/read-journal.ts";

const folder = mkdtempSync(join(tmpdir(), "toystore-journal-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

const head: JournalHead = {
  targets: ["127.0.0.1:1110"],
  startedAt: 7,
  exclusive: false,
  restockQuantity: 100,
  restockIntervalS: 10,
  lastNumber: -1,
  stock: { Tux: 100 },
};

let files = 0;
const nextFile = (): string => join(folder, `${files++}.jsonl`);

function refuse(error: Error): never {
  throw error;
}

function read(file: string): JournalContent {
  const content = readJournal(file);
  if ("problem" in content) throw new Error(content.problem);
  return content;
}

/** A journal with a purchase of each outcome. */
function write(file: string): void {
  const journal = new Journal(file, refuse);
  journal.head(head);
  journal.intend("a", 'Ant, "Farm"', 2);
  journal.acknowledged("a", 17, 1);
  journal.intend("b", "Tux", 1);
  journal.refused("b", 2);
  journal.intend("c", "Tux", 1);
  journal.unknown("c", "HTTP 500");
  journal.intend("d", "Tux", 1);
  journal.close();
}

describe("the journal", () => {
  test("gives back what was intended and what came of it", () => {
    const file = nextFile();
    write(file);
    const content = read(file);
    expect(content.head).toEqual(head);
    expect([...content.purchases.values()]).toEqual([
      { key: "a", name: 'Ant, "Farm"', quantity: 2, outcome: { type: "acknowledged", number: 17, attempts: 1 } },
      { key: "b", name: "Tux", quantity: 1, outcome: { type: "refused", attempts: 2 } },
      { key: "c", name: "Tux", quantity: 1, outcome: { type: "unknown" } },
      { key: "d", name: "Tux", quantity: 1, outcome: { type: "unknown" } },
    ]);
    expect(content.unreadableLines).toEqual([]);
  });

  test("holds an intent before intend returns", () => {
    const file = nextFile();
    const journal = new Journal(file, refuse);
    journal.head(head);
    expect(journal.intend("a", "Tux", 1)).toBeTrue();
    expect(readFileSync(file, "utf8")).toEndWith('["buy","a","Tux",1]\n');
    journal.close();
  });

  test("cut off at any place still tells all intents before the cut, and invents no outcome", () => {
    const whole = nextFile();
    write(whole);
    const bytes = readFileSync(whole);
    const first = bytes.indexOf('["buy"');
    for (let cut = first; cut < bytes.length; cut++) {
      const file = nextFile();
      writeFileSync(file, bytes);
      truncateSync(file, cut);
      const content = read(file);
      expect(content.unreadableLines.length).toBeLessThanOrEqual(1);
      for (const { key, outcome } of content.purchases.values()) {
        expect(["unknown", key === "a" ? "acknowledged" : key === "b" ? "refused" : "unknown"]).toContain(outcome.type);
      }
    }
  });

  test("with a line cut off in its middle by a killed worker keeps what another one wrote after it", () => {
    const file = nextFile();
    write(file);
    appendFileSync(file, '["buy","torn","Tu');
    const other = new Journal(file, refuse);
    other.intend("e", "Tux", 1);
    other.acknowledged("e", 18, 1);
    other.close();
    const content = read(file);
    expect(content.purchases.get("e")?.outcome).toEqual({ type: "acknowledged", number: 18, attempts: 1 });
    expect(content.unreadableLines).toHaveLength(1);
  });

  test("that can no longer be written says so once, and takes no further intent", () => {
    const failures: string[] = [];
    const full = (): never => {
      throw new Error("ENOSPC: no space left on device");
    };
    const journal = new Journal(nextFile(), (error) => failures.push(error.message), {
      ...systemJournalCalls,
      write: full,
    });
    expect([journal.intend("a", "Tux", 1), journal.intend("b", "Tux", 1)]).toEqual([false, false]);
    journal.close();
    expect(failures).toEqual(["ENOSPC: no space left on device"]);
  });

  test("of another kind, or missing, is refused with its reason", () => {
    const file = nextFile();
    writeFileSync(file, '{"toystoreJournal":99}\n');
    expect(readJournal(file)).toMatchObject({ problem: expect.stringContaining("its first line") });
    expect(readJournal(join(folder, "none"))).toMatchObject({ problem: expect.stringContaining("ENOENT") });
  });
});
