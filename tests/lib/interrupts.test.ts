import { expect, test } from "bun:test";
import { join } from "node:path";

const script = `
  const { listenForInterrupts } = await import(${JSON.stringify(join(import.meta.dir, "../../services/lib/interrupts.ts"))});
  listenForInterrupts((count) => {
    console.log("wish", count);
    if (count === 2) process.exit(7);
  });
  setInterval(() => undefined, 1000);
  console.log("listening");
`;

test("signals that come together are one wish, a later one is the second", async () => {
  const child = Bun.spawn([process.execPath, "-e", script], { stdin: "ignore", stdout: "pipe" });
  const output = child.stdout.getReader();
  const next = async (): Promise<string> => new TextDecoder().decode((await output.read()).value);
  expect(await next()).toBe("listening\n");
  child.kill("SIGINT");
  child.kill("SIGTERM");
  expect(await next()).toBe("wish 1\n");
  await Bun.sleep(400);
  child.kill("SIGINT");
  expect(await next()).toBe("wish 2\n");
  expect(await child.exited).toBe(7);
});
