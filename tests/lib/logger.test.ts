import { describe, expect, test } from "bun:test";
import { ConfigError } from "../../services/lib/config.ts";
import { readLogConfig } from "../../services/lib/logger.ts";

describe("the configuration of a process's log", () => {
  test("without variables is level info, in the form that fits the place", () => {
    expect(readLogConfig({}) as unknown).toEqual({ level: "info", format: undefined });
    expect(readLogConfig({ LOG_LEVEL: "", LOG_FORMAT: "" }) as unknown).toEqual({ level: "info", format: undefined });
  });

  test("takes every level and both forms", () => {
    expect(readLogConfig({ LOG_LEVEL: "debug", LOG_FORMAT: "pretty" }) as unknown).toEqual({
      level: "debug",
      format: "pretty",
    });
    expect(readLogConfig({ LOG_LEVEL: "fatal", LOG_FORMAT: "json" }) as unknown).toEqual({
      level: "fatal",
      format: "json",
    });
  });

  test.each([
    ["LOG_LEVEL", "loud"],
    ["LOG_FORMAT", "xml"],
  ])("%s=%s is refused by a line that names it, its value and what is accepted", (name, value) => {
    const read = (): unknown => readLogConfig({ [name]: value });
    expect(read).toThrow(ConfigError);
    expect(read).toThrow(new RegExp(`^${name}="${value}" is not usable: accepted is [a-z]+[^\\n]*$`));
  });
});
