import { describe, expect, test } from "bun:test";
import { ConfigError } from "../../services/lib/config.ts";
import { readOrderConfig } from "../../services/order/config.ts";

describe("the configuration of an order replica", () => {
  test("without variables is replica 1 of a store on this machine", () => {
    expect(readOrderConfig({}) as unknown).toEqual({
      id: 1,
      replicas: [
        { id: 1, host: "127.0.0.1", orderPort: 1121, recoveryPort: 1124 },
        { id: 2, host: "127.0.0.1", orderPort: 1122, recoveryPort: 1125 },
        { id: 3, host: "127.0.0.1", orderPort: 1123, recoveryPort: 1126 },
      ],
      logFile: "data/log1.csv",
      catalogHost: "127.0.0.1",
      catalogPort: 1130,
      bindAddress: "127.0.0.1",
    });
  });

  test("takes its own log by its id, and every address from its variables", () => {
    const config = readOrderConfig({
      COMPONENT_ID: "2",
      ORDER_HOST_3: "third.example",
      ORDER_PORT_3: "2123",
      ORDER2_PORT_3: "2126",
      CATALOG_HOST: "catalog.example",
      CATALOG_PORT: "2130",
      BIND_ADDRESS: "0.0.0.0",
    });
    expect(config.logFile).toBe("data/log2.csv");
    expect(config.replicas[2] as unknown).toEqual({
      id: 3,
      host: "third.example",
      orderPort: 2123,
      recoveryPort: 2126,
    });
    expect(config).toMatchObject({ catalogHost: "catalog.example", catalogPort: 2130, bindAddress: "0.0.0.0" });
    expect(readOrderConfig({ ORDER_LOG_FILE: "/var/orders.csv" }).logFile).toBe("/var/orders.csv");
  });

  test.each([
    ["COMPONENT_ID", "4"],
    ["COMPONENT_ID", "one"],
    ["ORDER_PORT_2", "0"],
    ["ORDER2_PORT_1", "65536"],
    ["CATALOG_PORT", "x"],
    ["ORDER_HOST_1", "a b"],
    ["BIND_ADDRESS", "?"],
  ])("%s=%p ends with a line that names it", (name, value) => {
    expect(() => readOrderConfig({ [name]: value })).toThrow(ConfigError);
    expect(() => readOrderConfig({ [name]: value })).toThrow(`${name}=${JSON.stringify(value)}`);
  });
});
