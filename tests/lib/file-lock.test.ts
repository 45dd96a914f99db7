import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lockProblem } from "../../services/lib/file-lock.ts";

const folder = mkdtempSync(join(tmpdir(), "toystore-lock-"));
afterAll(() => rmSync(folder, { recursive: true }));

const library = join(import.meta.dir, "../../services/lib/file-lock.ts");

/** A process that tries to lock, says whether it could, and then goes on for ever. */
async function locker(file: string): Promise<{ said: string; kill: (signal: NodeJS.Signals) => Promise<unknown> }> {
  const code = `
    const { lockBeside } = await import(${JSON.stringify(library)});
    console.log(lockBeside(${JSON.stringify(file)}) ? "locked" : "in use");
    Bun.gc(true);
    setInterval(() => undefined, 1000);`;
  const child = Bun.spawn([process.execPath, "-e", code], { stdout: "pipe", stderr: "inherit" });
  const { value } = await child.stdout.getReader().read();
  const kill = async (signal: NodeJS.Signals): Promise<unknown> => {
    child.kill(signal);
    return await child.exited;
  };
  return { said: new TextDecoder().decode(value).trim(), kill };
}

describe("a lock beside a file", () => {
  test("is one process's until it ends, also by force, and leaves nothing to clear away", async () => {
    const file = join(folder, "new", "log1.csv");
    const first = await locker(file);
    const second = await locker(file);
    expect([first.said, second.said]).toEqual(["locked", "in use"]);
    const problem = lockProblem(file, "ORDER_LOG_FILE");
    expect(problem).toBe(
      `${file} is in use by another process: end that one first, or set ORDER_LOG_FILE to another file`,
    );
    await first.kill("SIGKILL");
    const third = await locker(file);
    expect(third.said).toBe("locked");
    await Promise.all([second.kill("SIGKILL"), third.kill("SIGTERM")]);
    expect(readdirSync(join(folder, "new"))).toEqual(["log1.csv.lock"]);
  });

  test("is the same by whatever name the folder goes", async () => {
    symlinkSync(folder, `${folder}-too`);
    const first = await locker(join(folder, "a.csv"));
    const second = await locker(join(`${folder}-too`, "a.csv"));
    expect([first.said, second.said]).toEqual(["locked", "in use"]);
    await Promise.all([first.kill("SIGKILL"), second.kill("SIGKILL")]);
    rmSync(`${folder}-too`);
  });

  test("is the same by whatever name the file goes, also while there is none", async () => {
    symlinkSync("b.csv", join(folder, "link.csv"));
    const first = await locker(join(folder, "link.csv"));
    const second = await locker(join(folder, "b.csv"));
    await Promise.all([first.kill("SIGKILL"), second.kill("SIGKILL")]);
    expect([first.said, second.said]).toEqual(["locked", "in use"]);
  });

  test("that cannot be is a problem of the variable", () => {
    writeFileSync(join(folder, "file"), "");
    const problem = lockProblem(join(folder, "file", "log1.csv"), "ORDER_LOG_FILE");
    expect(problem).toStartWith(`ORDER_LOG_FILE=${join(folder, "file", "log1.csv")} cannot be used: `);
  });
});
