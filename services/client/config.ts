import { storeVariableNames } from "./sweep/store-variables.ts";

/**
 * The environment for a store of one's own: everything of this process, but
 * what would move that store, and then `own`.
 */
export function privateStoreEnvironment(own: Readonly<Record<string, string>>): Record<string, string | undefined> {
  const inherited = Object.entries(process.env).filter(([name]) => !storeVariableNames.includes(name));
  return { ...Object.fromEntries(inherited), ...own };
}
