/**
 * A disk that is nearly full. Root gets a real one, a small tmpfs. Whoever may not mount gets a server whose own writes and questions
 * about free space are answered as such a disk would answer them, by a module loaded before it; the store's native writes are not
 * seen by that module, the store's look at the free space before each of them is.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A place for a data directory, and what a server there has to be started with. */
export interface SmallDisk {
  readonly dir: string;
  /** How it was made, for reports. */
  readonly kind: "tmpfs" | "simulated";
  /** Environment of servers that write there. */
  readonly env: () => Readonly<Record<string, string>>;
  /** Ends the shortage; simulated, for servers that are started afterwards. */
  makeRoom(): void;
  remove(): void;
}

/** Makes a disk on which `freeBytes` are free now and `laterBytes` more after `makeRoom()`. */
export function makeSmallDisk({ freeBytes, laterBytes }: { freeBytes: number; laterBytes: number }): SmallDisk {
  const dir = mkdtempSync(join(tmpdir(), "etcd-small-disk-"));
  const size = `size=${freeBytes + laterBytes}`;
  const isMounted = spawnSync("mount", ["-t", "tmpfs", "-o", size, "tmpfs", dir]).status === 0;
  return isMounted ? mounted(dir, freeBytes) : simulated(dir, freeBytes);
}

function mounted(dir: string, freeBytes: number): SmallDisk {
  const ballast = join(dir, "ballast");
  const { bavail, bsize } = statfsSync(dir);
  writeFileSync(ballast, new Uint8Array(bavail * bsize - freeBytes));
  const remove = (): void => {
    spawnSync("umount", ["-l", dir]);
    rmSync(dir, { recursive: true, force: true });
  };
  return { dir, kind: "tmpfs", env: () => ({}), makeRoom: () => rmSync(ballast), remove };
}

function simulated(dir: string, freeBytes: number): SmallDisk {
  let isFull = true;
  const shortage = new URL("./shortage.js", import.meta.url).href;
  const env = { NODE_OPTIONS: `--import=${shortage}`, SHORTAGE_DIR: dir, SHORTAGE_BYTES: `${freeBytes}` };
  const makeRoom = (): void => {
    isFull = false;
  };
  const remove = (): void => rmSync(dir, { recursive: true, force: true });
  return { dir, kind: "simulated", env: () => (isFull ? env : {}), makeRoom, remove };
}
