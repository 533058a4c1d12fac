/**
 * Bounds of paths on every API before v3. The tree keeps a node for each name of a path, and a snapshot tells each node with its
 * whole path, so one long and deep path would cost far more than the request that names it.
 */

/** Names a path may have. */
const pathNamesMax = 1000;
/** Characters of a whole path. */
const pathCharsMax = 16_384;

/** What is wrong with the size of a path; undefined when it is served. */
export function pathProblem(path: string): string | undefined {
  if (path.length > pathCharsMax) return "path is too long";
  // Shorter ones have fewer names than that, whatever they hold.
  return path.length >= pathNamesMax && path.split("/").length > pathNamesMax ? "path has too many names" : undefined;
}
