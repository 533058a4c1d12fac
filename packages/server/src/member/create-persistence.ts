/** Puts together what brings a member's state to the disk behind the log: the pacer of the store's commits and the snapshots. */
import { CommitPacer, commitPacing } from "./commit-pacer.ts";
import type { MemberCounters } from "./member-metrics.ts";
import type { MemberParts } from "./member-parts.ts";
import { Snapshotter, type SnapshotterParts } from "./snapshotter.ts";

export interface PersistenceEvents extends Pick<SnapshotterParts, "isSending" | "beforeSave" | "onFatal"> {
  readonly counters: Pick<MemberCounters, "commitSeconds" | "snapshotSaveSeconds">;
  /** The store has committed: what waited for room may go on. */
  onCommitted(): void;
}

/** Both, for one member. */
export function createPersistence(
  { ports, options, storage, state }: MemberParts,
  { counters, onCommitted, ...events }: PersistenceEvents,
): { pacer: CommitPacer; snapshotter: Snapshotter } {
  const { clock, log } = ports;
  const { onFatal } = events;
  const pacer = new CommitPacer(
    { backend: state.backend, clock, durationSeconds: counters.commitSeconds, onCommitted, onFatal },
    commitPacing,
  );
  const { raftLog, wal, snapshots: files } = storage;
  const durationSeconds = counters.snapshotSaveSeconds;
  const snapshotter = new Snapshotter({ ...events, raftLog, wal, files, pacer, clock, durationSeconds, log }, options);
  return { pacer, snapshotter };
}
