/**
 * Opens everything a member keeps on disk and checks that the parts belong together: the directory's lock, the log, the
 * newest raft snapshot the log knows, and the live store. Nothing is changed before the checks have passed.
 *
 * Invariant: the live store is never ahead of the log. It commits behind the log, so a store that holds a later entry than the
 * log does means that log segments are missing, and going on would lose acknowledged writes.
 */
import { etcdserverpb } from "@etcd-ts/proto";
import { type Entry, type HardState, MemoryStorage, type Snapshot } from "@etcd-ts/raft";
import { type DirectoryLock, type Disk, DiskError, diskErrorCodes } from "../ports/index.ts";
import { type OpenedWal, SnapshotFiles, Wal, WalCorruptionError, type WalTuning } from "../wal/index.ts";
import { type MemberOptions, type MemberPorts, memberPaths } from "./member-options.ts";

/** Who this member is; written into the log when it is created and never changed. */
export interface Identity {
  readonly memberId: bigint;
  readonly clusterId: bigint;
}

/** The ports that storage needs. */
export type StoragePorts = Pick<MemberPorts, "disk" | "clock" | "log" | "metrics">;

/** What `openStorage` found or made. */
export interface MemberStorage {
  readonly identity: Identity;
  readonly lock: DirectoryLock;
  readonly wal: Wal;
  readonly snapshots: SnapshotFiles;
  readonly raftLog: MemoryStorage;
  /** Where the log begins, when it begins at a snapshot. */
  readonly snapshot: Snapshot | undefined;
  /** True when the log holds nothing yet: the member has to be bootstrapped. */
  readonly fresh: boolean;
}

/** Locks the data directory and opens its log, or creates one for the identity that `create` names. */
export async function openStorage(
  ports: StoragePorts,
  options: MemberOptions,
  create: () => Promise<Identity>,
): Promise<MemberStorage> {
  const { disk } = ports;
  const paths = memberPaths(options);
  await disk.mkdir(paths.member);
  const lock = await claim(disk, options.dataDir);
  try {
    await disk.mkdir(paths.snapshots);
    const snapshots = new SnapshotFiles(ports, { dir: paths.snapshots });
    const tuning = tuningOf(options);
    if (await Wal.exists(disk, paths.wal)) return await reopen({ ports, paths, lock, snapshots, tuning });
    const identity = await create();
    await syncNewDirectories(disk, paths);
    const wal = await Wal.create(ports, { dir: paths.wal, metadata: encodeIdentity(identity), ...tuning });
    return { identity, lock, wal, snapshots, raftLog: new MemoryStorage(), snapshot: undefined, fresh: true };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** A directory is durable only when those that hold it are synced: what is created here must not vanish in a power cut. */
async function syncNewDirectories(disk: Disk, { member, wal }: ReturnType<typeof memberPaths>): Promise<void> {
  await disk.mkdir(parentOf(wal));
  for (const path of new Set([member, ...parentsOf(member), ...parentsOf(wal)])) {
    try {
      await disk.syncDirectory(path);
    } catch (error) {
      // A directory that this process may not open was not made by it either.
      if (!(error instanceof DiskError && error.code === diskErrorCodes.denied)) throw error;
    }
  }
}

/** The directories above a path, up to the root or where the process stands. */
function parentsOf(path: string): string[] {
  const parent = parentOf(path);
  return parent === path || parent === "." ? [parent] : [parent, ...parentsOf(parent)];
}

function parentOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? "." : path.slice(0, slash) || "/";
}

/** Takes the directory's lock; whoever has it already is another process on the same data. */
async function claim(disk: Disk, dataDir: string): Promise<DirectoryLock> {
  try {
    return await disk.lockDirectory(dataDir);
  } catch (cause) {
    if (!(cause instanceof DiskError) || cause.code !== diskErrorCodes.locked) throw cause;
    throw new Error(`the data directory ${dataDir} is in use by another process`, { cause });
  }
}

interface Reopening {
  readonly ports: StoragePorts;
  readonly paths: ReturnType<typeof memberPaths>;
  readonly lock: DirectoryLock;
  readonly snapshots: SnapshotFiles;
  readonly tuning: WalTuning;
}

function tuningOf({ maxWals, walTuning }: MemberOptions): WalTuning {
  return { segmentsKept: maxWals > 0 ? maxWals : Number.POSITIVE_INFINITY, ...walTuning };
}

async function reopen(reopening: Reopening): Promise<MemberStorage> {
  const { lock, snapshots } = reopening;
  const { snapshot, opened } = (await openAtNewest(reopening)) ?? (await openAtKnown(reopening));
  const raftLog = fillLog(snapshot, opened);
  const fresh = snapshot === undefined && opened.entries.length === 0;
  return { identity: decodeIdentity(opened.metadata), lock, wal: opened.wal, snapshots, raftLog, snapshot, fresh };
}

interface OpenedLog {
  readonly snapshot: Snapshot | undefined;
  readonly opened: OpenedWal;
}

/**
 * Reads the log once, from the newest snapshot file on. `undefined` when it does not fit: a crash came between the file and
 * its record in the log, or something is damaged.
 */
async function openAtNewest(reopening: Reopening): Promise<OpenedLog | undefined> {
  const snapshot = await reopening.snapshots.loadNewest();
  try {
    const opened = await openLog(reopening, snapshot);
    if (pointOf(snapshot).index <= opened.hardState.commit) return { snapshot, opened };
    await opened.wal.close();
    return undefined;
  } catch (error) {
    if (error instanceof WalCorruptionError) return undefined;
    throw error;
  }
}

/** Reads the whole log for the snapshots it knows, then from the newest of them that has its file; refuses what is damaged. */
async function openAtKnown(reopening: Reopening): Promise<OpenedLog> {
  const { ports, paths, snapshots } = reopening;
  const snapshot = await snapshots.loadNewest(await Wal.validSnapshots(ports, { dir: paths.wal }));
  return { snapshot, opened: await openLog(reopening, snapshot) };
}

function openLog({ ports, paths, tuning }: Reopening, snapshot: Snapshot | undefined): Promise<OpenedWal> {
  return Wal.open(ports, { dir: paths.wal, snapshot: pointOf(snapshot), ...tuning });
}

function pointOf(snapshot: Snapshot | undefined): { index: number; term: number } {
  const { index, term } = snapshot?.metadata ?? { index: 0, term: 0 };
  return { index, term };
}

function fillLog(snapshot: Snapshot | undefined, from: { hardState: HardState; entries: Entry[] }): MemoryStorage {
  const raftLog = new MemoryStorage();
  if (snapshot !== undefined) raftLog.applySnapshot(snapshot);
  raftLog.setHardState(from.hardState);
  if (from.entries.length > 0) raftLog.append(from.entries);
  return raftLog;
}

function encodeIdentity(identity: Identity): Uint8Array {
  return etcdserverpb.Metadata.encode({ nodeId: identity.memberId, clusterId: identity.clusterId });
}

function decodeIdentity(metadata: Uint8Array): Identity {
  const { nodeId, clusterId } = etcdserverpb.Metadata.decode(metadata);
  return { memberId: nodeId, clusterId };
}

/** Refuses a live store that is ahead of its log; see the invariant above. */
export function checkStoreBehindLog(raftLog: MemoryStorage, appliedIndex: number): void {
  const lastIndex = raftLog.lastIndex();
  if (appliedIndex > lastIndex) {
    throw new Error(`the store holds entry ${appliedIndex} but the log ends at ${lastIndex}: log segments are missing`);
  }
  const firstIndex = raftLog.firstIndex();
  if (appliedIndex < firstIndex - 1) {
    throw new Error(
      `the store ends at entry ${appliedIndex} but the log begins at ${firstIndex}: the store is too old`,
    );
  }
}
