import { describe, expect, test } from "bun:test";
import { ConfigError } from "../../services/lib/config.ts";
import { type Place, storeComponents } from "../../services/runner/components.ts";
import { readRunnerConfig } from "../../services/runner/config.ts";
import { portProblem } from "../../services/runner/ports.ts";
import { takePort } from "./stubs.ts";

const place: Place = { root: "/shop", workingFolder: "/shop", executable: "bun", env: {}, readable: false };

function commandLines(env: Record<string, string>, workingFolder = "/shop"): string[] {
  return storeComponents(readRunnerConfig(env), { ...place, env, workingFolder }).map((part) => part.commandLine);
}

describe("the runner's configuration", () => {
  test("has the documented ports and files", () => {
    const config = readRunnerConfig({});
    expect(config.ports.map(({ port }) => port)).toEqual([1110, 1111, 1121, 1122, 1123, 1124, 1125, 1126, 1130]);
    expect(config).toMatchObject({
      catalogFile: "data/catalog.csv",
      orderLogFiles: ["data/log1.csv", "data/log2.csv", "data/log3.csv"],
      url: "http://127.0.0.1:1110",
      restart: false,
    });
  });

  test("keeps every file in DATA_DIR, but the catalog where CATALOG_FILE says", () => {
    const config = readRunnerConfig({ DATA_DIR: "/srv/toys", CATALOG_FILE: "/srv/list.csv", RESTART: "1" });
    expect(config.orderLogFiles[2]).toBe("/srv/toys/log3.csv");
    expect([config.catalogFile, config.restart]).toEqual(["/srv/list.csv", true]);
    expect(readRunnerConfig({ DATA_DIR: "/srv/toys" }).catalogFile).toBe("/srv/toys/catalog.csv");
  });

  test.each([
    ["a port that is none", { ORDER2_PORT_3: "0" }, "ORDER2_PORT_3="],
    ["a word for a port", { CATALOG_PORT: "http" }, "CATALOG_PORT="],
    ["one port for two", { FRONT_PORT: "1110" }, "REST_API_PORT and FRONT_PORT are both 1110"],
    ["one log for three replicas", { ORDER_LOG_FILE: "log.csv" }, "DATA_DIR"],
    ["a switch that is neither on nor off", { RESTART: "yes" }, "RESTART="],
  ])("refuses %s in one line", (_, env, part) => {
    const read = () => readRunnerConfig(env);
    expect(read).toThrow(ConfigError);
    expect(read).toThrow(part);
  });
});

describe("the command line that starts a process again", () => {
  test("is as short as the documentation's when everything is as usual", () => {
    expect(commandLines({})).toEqual([
      "bun run catalog",
      "COMPONENT_ID=1 bun run order",
      "COMPONENT_ID=2 bun run order",
      "COMPONENT_ID=3 bun run order",
      "bun run front-end",
    ]);
  });

  test("fetches Bun where npx did", () => {
    const agent = "npm/11.0.0 node/v22.0.0 linux x64 workspaces/false";
    expect(commandLines({ npm_config_user_agent: agent })[1]).toBe(`COMPONENT_ID=1 npx bun@${Bun.version} run order`);
    expect(commandLines({ npm_config_user_agent: "bun/1.4.5 npm/? node/v24" })[1]).toBe("COMPONENT_ID=1 bun run order");
  });

  test("carries every variable that moved something", () => {
    const [catalog, order1] = commandLines({ DATA_DIR: "/srv/my toys", ORDER_PORT_1: "2121", HOME: "/root" });
    expect(catalog).toBe("CATALOG_FILE='/srv/my toys/catalog.csv' ORDER_PORT_1=2121 bun run catalog");
    expect(order1).toBe("COMPONENT_ID=1 ORDER_LOG_FILE='/srv/my toys/log1.csv' ORDER_PORT_1=2121 bun run order");
  });

  test("carries what made the process behave as it did", () => {
    const lines = commandLines({ OUT_OF_STOCK_STATUS: "409", RESTOCK_QUANTITY: "7", LOG_LEVEL: "debug" });
    expect(lines.at(-1)).toBe("RESTOCK_QUANTITY=7 OUT_OF_STOCK_STATUS=409 bun run front-end");
  });

  test("names files absolutely when the runner works in another folder", () => {
    expect(commandLines({}, "/tmp")[1]).toBe("COMPONENT_ID=1 ORDER_LOG_FILE=/tmp/data/log1.csv bun run order");
  });
});

describe("a port", () => {
  test("that is taken is named with the variable that moves it", async () => {
    await using taken = await takePort();
    const problem = await portProblem({ variable: "CATALOG_PORT", port: taken.port }, "127.0.0.1");
    expect(problem).toContain(`port ${taken.port} on 127.0.0.1 is taken`);
    expect(problem).toContain("CATALOG_PORT");
  });

  test.each(["192.0.2.1", "no.such.host.invalid"])(
    "on %s, which is not ours, is blamed on BIND_ADDRESS",
    async (address) => {
      const problem = await portProblem({ variable: "CATALOG_PORT", port: 4711 }, address);
      expect(problem).toContain(`${address} cannot be listened on`);
      expect(problem).toContain("set BIND_ADDRESS");
    },
  );
});
