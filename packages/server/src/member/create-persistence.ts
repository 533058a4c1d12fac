/** Puts together what brings a member's state to the disk behind the log: the pacer of the store's commits, and the snapshots. */
import { CommitPacer, commitPacing } from "./commit-pacer.ts";
import type { MemberCounters } from "./member-metrics.ts";
import type { MemberParts } from "./member-parts.ts";
import { Snapshotter, type SnapshotterParts } from "./snapshotter.ts";
import { StateReader } from "./state-reader.ts";

export interface PersistenceEvents extends Pick<SnapshotterParts, "isSending" | "beforeSave" | "onFatal"> {
  readonly counters: Pick<MemberCounters, "commitSeconds" | "snapshotSaveSeconds">;
  /** The store has committed: what waited for room may go on. */
  onCommitted(): void;
}

/** All of them, for one member. */
export function createPersistence(
  { ports, options, storage, state }: MemberParts,
  { counters, onCommitted, ...events }: PersistenceEvents,
): { pacer: CommitPacer; snapshotter: Snapshotter; reader: StateReader } {
  const { clock, log } = ports;
  const { onFatal } = events;
  const pacer = new CommitPacer(
    { backend: state.backend, clock, durationSeconds: counters.commitSeconds, onCommitted, onFatal },
    commitPacing,
  );
  const { raftLog, wal, snapshots: files } = storage;
  const durationSeconds = counters.snapshotSaveSeconds;
  const reader = new StateReader({ backend: state.backend, pacer, v2: state.v2, clock });
  const storeIndex = () => state.store.appliedIndex;
  const parts = { ...events, raftLog, wal, files, reader, clock, durationSeconds, log, storeIndex };
  return { pacer, reader, snapshotter: new Snapshotter(parts, options) };
}
