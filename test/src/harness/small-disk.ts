/**
 * A small disk that can be filled up. Whoever may mount gets a real one, a tmpfs. Elsewhere servers are made to believe in it: a module
 * loaded before them answers their writes and questions about free space as such a disk would. The store's native writes are not
 * seen by that module; the store's look at the free space before each of them is.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { usedBytesBelow } from "./used-bytes.ts";

/** A place for a data directory, and what a server there has to be started with. */
export interface SmallDisk {
  readonly dir: string;
  /** How it is made, for reports. */
  readonly kind: "tmpfs" | "simulated";
  /** Environment of servers that write there. */
  readonly env: Readonly<Record<string, string>>;
  /** Leaves so many bytes free. */
  fill(freeBytes: number): void;
  /** Ends the shortage. */
  makeRoom(): void;
  /** Removes it and everything on it. */
  remove(): void;
}

/** Makes a disk at a path that is not there yet. */
export function makeSmallDisk(dir: string, sizeBytes: number): SmallDisk {
  mkdirSync(dir);
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${sizeBytes}`, "tmpfs", dir]);
  return mounted.status === 0 ? realDisk(dir) : simulatedDisk(dir);
}

function realDisk(dir: string): SmallDisk {
  const ballast = `${dir}/ballast`;
  const fill = (freeBytes: number): void => {
    const { bavail, bsize } = statfsSync(dir);
    writeFileSync(ballast, new Uint8Array(Math.max(0, bavail * bsize - freeBytes)));
  };
  const remove = (): void => {
    spawnSync("umount", ["-l", dir]);
    rmSync(dir, { recursive: true, force: true });
  };
  return { dir, kind: "tmpfs", env: {}, fill, makeRoom: () => rmSync(ballast, { force: true }), remove };
}

function simulatedDisk(dir: string): SmallDisk {
  const limit = `${dir}.limit`;
  const shortage = new URL("./shortage.js", import.meta.url).href;
  const env = { NODE_OPTIONS: `--import=${shortage}`, SHORTAGE_DIR: dir, SHORTAGE_LIMIT: limit };
  const fill = (freeBytes: number): void => writeFileSync(limit, `${usedBytesBelow(dir) + freeBytes}`);
  const makeRoom = (): void => rmSync(limit, { force: true });
  const remove = (): void => {
    makeRoom();
    rmSync(dir, { recursive: true, force: true });
  };
  return { dir, kind: "simulated", env, fill, makeRoom, remove };
}
