/**
 * Paths of the v2 tree: absolute, names joined by single slashes, no `.` or `..`, no slash at the end. Names may hold
 * anything else. A name that begins with `_` is hidden, and so is everything below it.
 */

/** Where the keys of clients live; members, and users and roles, have trees of their own beside it. */
export const namespaces = { members: "/0", keys: "/1", auth: "/2" } as const;

/** The path in its one normal form: a leading slash, and what Go's `path.Clean` makes of the rest. */
export function cleanPath(path: string): string {
  if (isPlainlyClean(path) || (path.startsWith("/") && !/\/\.{0,2}(?:\/|$)/.test(path))) return path;
  const kept: string[] = [];
  for (const name of path.split("/")) {
    if (name === "" || name === ".") continue;
    if (name === "..") kept.pop();
    else kept.push(name);
  }
  return `/${kept.join("/")}`;
}

/** Paths without a hidden `.`, `..` or empty name are told by three searches for fixed texts, which cost a tenth of a pattern. */
function isPlainlyClean(path: string): boolean {
  return path.startsWith("/") && !path.endsWith("/") && !path.includes("//") && !path.includes("/.");
}

/** The path of a child. */
export function childPath(parent: string, name: string): string {
  return parent === "/" ? `/${name}` : `${parent}/${name}`;
}

/** The directory that holds `path`; the root holds itself. */
export function parentPath(path: string): string {
  const at = path.lastIndexOf("/");
  return at <= 0 ? "/" : path.slice(0, at);
}

/** The last name of a path; empty for the root. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Whether listings of the parent leave this node out. */
export function isHiddenName(name: string): boolean {
  return name.startsWith("_");
}

/** Whether `key` is hidden from someone who watches `watched`: a hidden name below it, not the watched path itself. */
export function isHiddenBelow(watched: string, key: string): boolean {
  if (watched.length > key.length) return false;
  return `/${key.slice(watched.length)}`.replaceAll("//", "/").includes("/_");
}

/** Order of keys as Go sorts them: by the bytes of their UTF-8 form. */
export function compareKeys(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let i = 0; i < length; i++) {
    const a = left.charCodeAt(i);
    const b = right.charCodeAt(i);
    if (a !== b) return codeUnitRank(a) - codeUnitRank(b);
  }
  return left.length - right.length;
}

/** Surrogates stand for characters above all others, but their own codes lie below U+E000. */
function codeUnitRank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
