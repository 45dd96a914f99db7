import { describe, expect, test } from "bun:test";
import { createServer } from "node:net";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { ClaimedPorts, claimPorts } from "./ports.ts";
import { TestProcess } from "./process.ts";
import { rawRequest, sendRaw } from "./raw-http.ts";

const politeFile = relative(join(import.meta.dir, "../.."), fileURLToPath(import.meta.resolve("./fixtures/polite.ts")));

function polite(): TestProcess {
  return new TestProcess({
    name: "polite",
    file: politeFile,
    arguments: ["there"],
    env: { NAME: "Tux" },
  });
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    // ESRCH: no such process.
    return false;
  }
}

describe("claimed ports", () => {
  test("are different in every claim, can be listened on, and run out with a message", async () => {
    await using first = await claimPorts(9);
    await using second = await claimPorts(9);
    const ports = [first, second].flatMap((claim) => Array.from({ length: 9 }, () => claim.take()));
    expect(new Set(ports).size).toBe(18);
    expect(() => first.take()).toThrow("claim more");
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(ports[0], "127.0.0.1", resolve));
    await new Promise((resolve) => server.close(resolve));
  });

  test("lie below the ports that the system gives to clients", async () => {
    await using claim = await claimPorts(31);
    expect(claim).toBeInstanceOf(ClaimedPorts);
    expect(Math.max(...Array.from({ length: 31 }, () => claim.take()))).toBeLessThan(32_768);
  });
});

describe("a process of a test", () => {
  test("gets its arguments and its environment, and only that", async () => {
    await using child = polite();
    child.start();
    expect(await child.line(/hello/)).toBe("hello there Tux");
  });

  test("tells how it ended: a status or a signal", async () => {
    await using child = polite();
    child.start();
    await child.line(/hello/);
    expect(await child.kill("SIGTERM")).toEqual({ status: 0, signal: undefined });
    expect(child.lines.at(-1)).toBe("bye");
    await child.restart();
    expect(await child.kill()).toEqual({ status: undefined, signal: "SIGKILL" });
    expect(child.isRunning).toBeFalse();
  });

  test("is another process after a restart, and its output goes on", async () => {
    await using child = polite();
    child.start();
    await child.line(/hello/);
    const [pid, linesBefore] = [child.pid, child.lines.length];
    await child.restart();
    await child.line(/hello/, linesBefore);
    expect(child.pid).not.toBe(pid);
    expect(isAlive(pid)).toBeFalse();
  });

  test("is silent while paused, and goes on", async () => {
    await using child = polite();
    child.start();
    await child.line(/tick/);
    child.pause();
    await Bun.sleep(30);
    const linesPaused = child.lines.length;
    await Bun.sleep(50);
    expect(child.lines.length).toBe(linesPaused);
    child.resume();
    await child.line(/tick/, linesPaused);
  });

  test("is killed at the end of its scope, paused or not, also when the test fails", async () => {
    let pid = 0;
    const failing = async (): Promise<void> => {
      await using child = polite();
      child.start();
      pid = child.pid;
      await child.line(/hello/);
      child.pause();
      throw new Error("the test fails");
    };
    const outcome = await failing().catch((error: unknown) => error);
    expect(outcome).toMatchObject({ message: "the test fails" });
    expect(isAlive(pid)).toBeFalse();
  });

  test("that is not running says so with its last lines", async () => {
    await using child = polite();
    expect(() => child.pid).toThrow("polite is not running");
    child.start();
    expect(() => child.start()).toThrow("running already");
  });
});

describe("raw bytes over a socket", () => {
  const server = () => Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: (request) => new Response(request.url) });

  test("bring back status, headers and body of the reply", async () => {
    using http = server();
    const reply = await sendRaw(http.port ?? 0, rawRequest("GET /a?b HTTP/1.1", ["Host: shop"]));
    expect(reply).toMatchObject({ status: 200, body: "http://shop/a?b", closed: false });
    expect(reply.headers["content-length"]).toBe("15");
  });

  test("may be no HTTP at all; a connection that the server closed is told apart from a quiet one", async () => {
    using http = server();
    const [nonsense, half] = await Promise.all([
      sendRaw(http.port ?? 0, "BREW / HTTP/1.1\r\n\r\n"),
      sendRaw(http.port ?? 0, "GET / HTTP", { quietMs: 50 }),
    ]);
    expect(nonsense.closed).toBeTrue();
    expect(half).toMatchObject({ closed: false, status: undefined, text: "" });
  });
});
