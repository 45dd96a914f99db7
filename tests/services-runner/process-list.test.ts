import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readRunnerConfig } from "../../services/runner/config.ts";
import { ProcessList } from "../../services/runner/process-list.ts";
import { stub } from "./stubs.ts";

const folder = mkdtempSync(join(tmpdir(), "toystore-list-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("the list of a store's processes", () => {
  test("names each with its pid and ports, and goes in the end", () => {
    const problems: string[] = [];
    const config = readRunnerConfig({ DATA_DIR: join(folder, "new"), ORDER_PORT_2: "7122" });
    const list = new ProcessList(config, (line) => problems.push(line));
    const running = ["catalog", "order 2", "front-end"].map((name, i) => ({ component: stub(name, ""), pid: 100 + i }));
    list.write(running);
    const file = join(folder, "new", "processes.json");
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({
      toystoreProcesses: 1,
      runner: process.pid,
      url: "http://127.0.0.1:1110",
      processes: [
        { name: "catalog", pid: 100, ports: { CATALOG_PORT: 1130 } },
        { name: "order 2", pid: 101, ports: { ORDER_PORT_2: 7122, ORDER2_PORT_2: 1125 } },
        { name: "front-end", pid: 102, ports: { REST_API_PORT: 1110, FRONT_PORT: 1111 } },
      ],
    });
    list.remove();
    expect([existsSync(file), problems]).toEqual([false, []]);
  });

  test("that cannot be written is told, and is no reason to end", () => {
    const problems: string[] = [];
    const config = readRunnerConfig({ DATA_DIR: "/dev/null/data" });
    new ProcessList(config, (line) => problems.push(line)).write([]);
    expect(problems).toEqual([expect.stringContaining("/dev/null/data/processes.json cannot be written")]);
  });
});
