import { type Command, CommanderError } from "commander";

/** A command line that is no run: help was asked for, or something is wrong. */
export type NotParsed =
  | { readonly type: "help"; readonly text: string }
  /** `message` says what is wrong and where help is. */
  | { readonly type: "usage"; readonly message: string };

/** The hint that ends every message about usage. */
function helpHint(command: Command): string {
  return `(${command.name()} --help explains every option)`;
}

export function usage(command: Command, message: string): NotParsed {
  return { type: "usage", message: `error: ${message}\n${helpHint(command)}` };
}

/** Defaults in the words that a user would type, by flag: help shows them in place of parsed values. */
export function showDefaults(command: Command, defaults: Readonly<Record<string, string>>): Command {
  for (const option of command.options) {
    const shown = defaults[option.long ?? ""];
    if (shown !== undefined) option.defaultValueDescription = shown;
  }
  return command;
}

/** Lets `command` parse the words after its name. Undefined: it did. */
export function parseWords(command: Command, words: readonly string[]): NotParsed | undefined {
  let output = "";
  const write = (text: string): void => {
    output += text;
  };
  command
    .exitOverride()
    .configureOutput({ writeOut: write, writeErr: write })
    .configureHelp({ helpWidth: 110 })
    .showHelpAfterError(helpHint(command));
  try {
    command.parse(normaliseFlags(words, command), { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? { type: "help", text: output } : { type: "usage", message: output.trimEnd() };
  }
  return undefined;
}

/** Whether the user gave this option (by its long name in camel case). */
export function isGiven(command: Command, option: string): boolean {
  return command.getOptionValueSource(option) === "cli";
}

/** Rewrites known flags to the one spelling that the parser knows; leaves values alone. */
function normaliseFlags(words: readonly string[], command: Command): string[] {
  const known = new Set(command.options.map((option) => option.long));
  return words.map((word) => {
    const match = /^--?([A-Za-z][\w-]*)(=.*)?$/s.exec(word);
    if (match === null) return word;
    const flag = `--${(match[1] ?? "").replaceAll("_", "-")}`;
    return known.has(flag) ? flag + (match[2] ?? "") : word;
  });
}
