import { followLinks } from "../../lib/follow-links.ts";
import type { Image } from "../core/types.ts";
import { type Files, systemFiles } from "./files.ts";
import { Names } from "./names.ts";
import { recover } from "./recover.ts";

/**
 * What the files beside a catalog.csv say, for an audit: totals of every product,
 * below which order everything is settled. Changes nothing, also
 * while the catalog runs. Undefined: no store was founded on it. Throws
 * CatalogFileError if a file is damaged.
 */
export async function readImage(catalogFile: string, files: Files = systemFiles): Promise<Image | undefined> {
  const recovered = await recover(files, new Names(followLinks(catalogFile)));
  return recovered?.ledger.image();
}
