import { describe, expect, test } from "bun:test";
import { readConfig } from "../../services/catalog/config.ts";
import { ConfigError } from "../../services/lib/config.ts";

describe("configuration", () => {
  test("without any variable is that of a store on one machine", () => {
    expect(readConfig({})).toEqual({
      bindAddress: "127.0.0.1",
      port: 1130,
      catalogFile: "data/catalog.csv",
      frontAddresses: ["127.0.0.1:1111"],
      settings: { checkpointIntervalMs: 1_000, restockIntervalMs: 10_000, restockQuantity: 100 },
    });
  });

  test("one front-end is named by FRONT_HOST and FRONT_PORT, several by FRONT_ADDRESSES, each once", () => {
    expect(readConfig({ FRONT_HOST: "shop", FRONT_PORT: "2000" }).frontAddresses).toEqual(["shop:2000"]);
    const several = readConfig({ FRONT_ADDRESSES: "a:1, b:65535,[::1]:3,a:1" }).frontAddresses;
    expect(several).toEqual(["a:1", "b:65535", "[::1]:3"]);
  });

  test("an IPv6 address may stand in brackets, and does where a port follows", () => {
    for (const host of ["::1", "[::1]"]) {
      const { frontAddresses, bindAddress } = readConfig({ FRONT_HOST: host, BIND_ADDRESS: host });
      expect({ frontAddresses, bindAddress }).toEqual({ frontAddresses: ["[::1]:1111"], bindAddress: "::1" });
    }
  });

  const bad: [string, string][] = [
    ["CATALOG_PORT", "0"],
    ["CATALOG_PORT", "http"],
    ["FRONT_ADDRESSES", "shop"],
    ["FRONT_ADDRESSES", "shop:1,"],
    ["FRONT_ADDRESSES", "shop:70000"],
    ["RESTOCK_INTERVAL", "-1"],
    ["RESTOCK_QUANTITY", "0"],
    ["CHECKPOINT_INTERVAL", "1"],
    ["BIND_ADDRESS", "every where"],
    ["FRONT_HOST", "10.0.0.5:1111"],
    ["FRONT_HOST", "[::1]:1111"],
    ["FRONT_HOST", "fe80::1%eth0"],
    ["FRONT_HOST", "999.1.1.1"],
    ["FRONT_ADDRESSES", "[1]:1111"],
    ["FRONT_ADDRESSES", "999.1.1.1:1111"],
  ];

  test.each(bad)("%s=%s is refused by name and value", (name, value) => {
    const read = (): unknown => readConfig({ [name]: value });
    expect(read).toThrow(ConfigError);
    expect(read).toThrow(`${name}=${JSON.stringify(value)}`);
  });
});
