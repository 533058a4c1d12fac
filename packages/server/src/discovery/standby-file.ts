/**
 * `standby_info` in the data directory: that this machine stands by, and what it last knew of its cluster. Written beside and
 * renamed, so that a restart finds the old or the new.
 */
import type { Disk, DiskFile } from "../ports/index.ts";
import { machinesIn, type StandbyInfo } from "./stand-by.ts";

const sizeBytesMax = 1 << 20;

function paths(dataDir: string) {
  return { file: `${dataDir}/standby_info`, fresh: `${dataDir}/standby_info.tmp` };
}

/** What was kept; undefined when there is nothing, or nothing that can be read: then the machine tries to take part. */
export async function readStandbyFile(disk: Disk, dataDir: string): Promise<StandbyInfo | undefined> {
  const { file } = paths(dataDir);
  if ((await disk.stat(file)) === undefined) return undefined;
  const open = await disk.open(file, "read");
  try {
    return decode(await contents(open));
  } finally {
    await open.close();
  }
}

/** Keeps what is known, durably. */
export async function writeStandbyFile(disk: Disk, dataDir: string, info: StandbyInfo): Promise<void> {
  const { file, fresh } = paths(dataDir);
  await disk.mkdir(dataDir);
  const open = await disk.open(fresh, "create");
  try {
    open.writeNow([new TextEncoder().encode(`${JSON.stringify(info)}\n`)], 0);
    await open.sync();
  } finally {
    await open.close();
  }
  await disk.rename(fresh, file);
  await disk.syncDirectory(dataDir);
}

/** The machine takes part from now on. */
export async function removeStandbyFile(disk: Disk, dataDir: string): Promise<void> {
  const { file } = paths(dataDir);
  if ((await disk.stat(file)) === undefined) return;
  await disk.remove(file);
  await disk.syncDirectory(dataDir);
}

async function contents(file: DiskFile): Promise<string> {
  const bytes = new Uint8Array(Math.min(await file.sizeBytes(), sizeBytesMax));
  return new TextDecoder().decode(bytes.subarray(0, await file.read(bytes, 0)));
}

function decode(text: string): StandbyInfo | undefined {
  try {
    const { Running, Cluster, SyncInterval } = JSON.parse(text) as Partial<StandbyInfo>;
    const machines = machinesIn(Cluster);
    if (Running !== true || machines === undefined || typeof SyncInterval !== "number") return undefined;
    return { Running, Cluster: machines, SyncInterval };
  } catch {
    return undefined;
  }
}
