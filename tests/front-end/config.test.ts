import { describe, expect, test } from "bun:test";
import { readFrontEndConfig } from "../../services/front-end/config.ts";
import { ConfigError } from "../../services/lib/config.ts";

describe("the configuration", () => {
  test("has a default for everything", () => {
    expect(readFrontEndConfig({})).toMatchObject({
      bindAddress: "127.0.0.1",
      restPort: 1110,
      reusePort: false,
      frontPort: 1111,
      replicas: [
        { id: 1, host: "127.0.0.1", port: 1121 },
        { id: 2, host: "127.0.0.1", port: 1122 },
        { id: 3, host: "127.0.0.1", port: 1123 },
      ],
      catalogPort: 1130,
      startTimeoutMs: 10_000,
      outOfStockStatus: 200,
      orderLimits: { pingIntervalMs: 1000, callTimeoutMs: 3000 },
      productLimits: { cacheEntriesMax: 10_000 },
    });
  });

  test("takes what the environment says", () => {
    const env = { ORDER_HOST_2: "order2.toys", ORDER_PORT_2: "9", OUT_OF_STOCK_STATUS: "409", CACHE: "off" };
    const config = readFrontEndConfig(env);
    expect(config.replicas[1]).toEqual({ id: 2 as never, host: "order2.toys", port: 9 });
    expect(config.outOfStockStatus).toBe(409);
    expect(config.productLimits.cacheEntriesMax).toBe(0);
  });

  const bad: Readonly<Record<string, string>> = {
    REST_API_PORT: "0",
    FRONT_PORT: "65536",
    ORDER_PORT_3: "x",
    ORDER_HOST_1: "a b",
    ORDER_HOST_2: ":",
    CATALOG_HOST: "127.0.0.1:1130",
    CATALOG_PORT: "-1",
    REST_REUSE_PORT: "yes",
    PING_INTERVAL: "0",
    START_TIMEOUT: "1.5",
    OUT_OF_STOCK_STATUS: "500",
    CACHE: "maybe",
    CACHE_ENTRIES_MAX: "0",
  };
  for (const [name, value] of Object.entries(bad)) {
    test(`refuses ${name}=${value} and names it`, () => {
      expect(() => readFrontEndConfig({ [name]: value })).toThrow(ConfigError);
      expect(() => readFrontEndConfig({ [name]: value })).toThrow(name);
    });
  }
});
