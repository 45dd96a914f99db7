import { lstatSync, readlinkSync, realpathSync } from "node:fs";
import { basename, dirname, isAbsolute, join } from "node:path";

/** As many as Linux follows. */
const linksMax = 40;

/**
 * Where the symbolic links at the end of a path lead to, whether or not there is
 * a file: what stands beside the file has its name from there, by whatever name
 * the file is called, and a rename replaces the file and not a link to it. Throws
 * the error if a link leads into no folder, or back to itself.
 */
export function followLinks(path: string): string {
  let file = path;
  for (let links = 0; links <= linksMax; links++) {
    if (lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return file;
    const target = readlinkSync(file);
    // Not joined: ".." is meant from the folder that the link is really in.
    const aim = isAbsolute(target) ? target : `${dirname(file)}/${target}`;
    file = join(realpathSync.native(dirname(aim)), basename(aim));
  }
  throw new Error(`${path} goes through more than ${linksMax} symbolic links`);
}
