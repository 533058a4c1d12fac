/** How much the files below a directory take; for disks that are simulated. Uses nothing but `node:fs`, so that a server can load it. */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** Sum of the sizes of all files below a directory; files that vanish meanwhile count nothing. */
export function usedBytesBelow(dir: string): number {
  const names = readdirSync(dir, { recursive: true, encoding: "utf8" });
  const stats = names.map((name) => statSync(join(dir, name), { throwIfNoEntry: false }));
  return stats.reduce((sum, stat) => sum + (stat?.isFile() ? stat.size : 0), 0);
}
