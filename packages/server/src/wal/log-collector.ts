/**
 * Turns the records of a log into what raft starts from: metadata, the last hard state, and the entries behind a
 * snapshot. A later record with the index of an earlier entry replaces it and drops all entries behind: a leader of a
 * later term overwrote them (Raft, figure 7). That holds for entries the snapshot covers, too: etcd skips those before
 * it looks at what they overwrite, and can so start with entries behind the snapshot that raft had given up.
 */
import { DecodeError, raftpb, walpb } from "@etcd-ts/proto";
import { recordTypes } from "./frame.ts";
import type { RecordPlace } from "./record-reader.ts";
import { WalCorruptionError } from "./wal-errors.ts";

/** Identifies a snapshot: the index and term of the last entry it covers. */
export interface SnapshotPoint {
  readonly index: number;
  readonly term: number;
}

/**
 * Collects the records of a log that is read for writing on. The checksum does not cover a record's type, and a hard
 * state decodes as an entry and the other way round: what raft never writes (an unknown kind of entry, a term that
 * goes back) gives such a mix-up away.
 */
export class LogCollector {
  readonly #start: SnapshotPoint;
  /** Term that the log has at the index of the starting snapshot, by an entry or by the snapshot; undefined before. */
  #termAtStart: number | undefined;
  metadata: Uint8Array | undefined;
  hardState: raftpb.HardState = { term: 0, vote: 0n, commit: 0 };
  /** Consecutive, the first one at `start.index + 1`. Their data are views into what was read. */
  readonly entries: raftpb.Entry[] = [];
  /** Index that the next segment's name counts from: of the last entry or snapshot written. */
  lastIndex = 0;
  /** Whether the record of the starting snapshot was seen. */
  foundStart = false;

  constructor(start: SnapshotPoint) {
    this.#start = start;
  }

  /** Takes one record; throws `WalCorruptionError` when it contradicts what came before. */
  visit(type: number, data: Uint8Array, at: RecordPlace): void {
    switch (type) {
      case recordTypes.entry:
        this.#entry(decoded(raftpb.Entry, data, at), at);
        return;
      case recordTypes.state:
        this.#state(decoded(raftpb.HardState, data, at), at);
        return;
      case recordTypes.metadata:
        this.#metadata(data, at);
        return;
      case recordTypes.snapshot:
        this.#snapshot(decoded(walpb.Snapshot, data, at), at);
        return;
      default:
        throw new WalCorruptionError({ ...at, expected: "a record of a known type", found: `type ${type}` });
    }
  }

  /** Throws unless the log holds what it must: its start, and every entry that was committed. */
  assertComplete(dir: string): void {
    const { index, term } = this.#start;
    if (!this.foundStart) {
      throw incomplete(dir, `the record of snapshot index ${index} term ${term}`, "none");
    }
    if (this.metadata === undefined) throw incomplete(dir, "metadata", "none");
    const last = index + this.entries.length;
    if (this.hardState.commit > last) {
      throw incomplete(dir, `entries up to the committed index ${this.hardState.commit}`, `entries up to ${last}`);
    }
  }

  #state(state: raftpb.HardState, at: RecordPlace): void {
    const { term } = this.hardState;
    if (state.term < term) {
      throw new WalCorruptionError({
        ...at,
        expected: `a hard state of term ${term} or later`,
        found: `${state.term}`,
      });
    }
    this.hardState = state;
  }

  #entry(entry: raftpb.Entry, at: RecordPlace): void {
    if (entry.type < 0 || entry.type > raftpb.EntryType.EntryConfChangeV2) {
      throw new WalCorruptionError({ ...at, expected: "an entry of a known type", found: `type ${entry.type}` });
    }
    this.lastIndex = entry.index;
    const position = entry.index - this.#start.index - 1;
    if (position < 0) {
      // Covered by the snapshot; but entries behind it that were read before it are overwritten none the less.
      this.entries.length = 0;
      if (position === -1) this.#termAtStart = entry.term;
      return;
    }
    if (position > this.entries.length) {
      const expected = `an entry of index ${this.#start.index + this.entries.length + 1} or before`;
      throw new WalCorruptionError({ ...at, expected, found: `index ${entry.index}` });
    }
    this.entries.length = position;
    this.entries.push(entry);
  }

  #metadata(data: Uint8Array, at: RecordPlace): void {
    if (this.metadata === undefined) this.metadata = data.slice();
    else if (!equalBytes(this.metadata, data)) {
      throw new WalCorruptionError({ ...at, expected: "the metadata of the segments before", found: "other metadata" });
    }
  }

  #snapshot(snapshot: walpb.Snapshot, at: RecordPlace): void {
    this.lastIndex = Math.max(this.lastIndex, snapshot.index);
    if (snapshot.index !== this.#start.index) return;
    if (snapshot.term !== this.#start.term) {
      const expected = `term ${this.#start.term} of the snapshot at index ${snapshot.index}`;
      throw new WalCorruptionError({ ...at, expected, found: `term ${snapshot.term}` });
    }
    // A snapshot that came from the leader replaced this log: entries behind it are those of a lost term.
    if (snapshot.index > 0 && !this.#goesOnFrom(snapshot)) this.entries.length = 0;
    this.#termAtStart = snapshot.term;
    this.foundStart = true;
  }

  /** Backups of etcdctl begin behind their snapshot, and name it only after the entries; a lost term is an earlier one. */
  #goesOnFrom({ term }: walpb.Snapshot): boolean {
    if (this.#termAtStart !== undefined) return this.#termAtStart === term;
    return this.entries[0] !== undefined && this.entries[0].term >= term;
  }
}

/** Collects only the snapshot records that raft may start from: those whose index was committed. */
export class SnapshotCollector {
  readonly #snapshots: walpb.Snapshot[] = [];
  #commit = 0;

  /** Takes one record. */
  visit(type: number, data: Uint8Array, at: RecordPlace): void {
    if (type === recordTypes.snapshot) this.#snapshots.push(decoded(walpb.Snapshot, data, at));
    if (type === recordTypes.state) this.#commit = decoded(raftpb.HardState, data, at).commit;
  }

  /** Oldest first. */
  valid(): walpb.Snapshot[] {
    return this.#snapshots.filter((snapshot) => snapshot.index <= this.#commit);
  }
}

function decoded<T>(codec: { typeName: string; decode(bytes: Uint8Array): T }, data: Uint8Array, at: RecordPlace): T {
  try {
    return codec.decode(data);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new WalCorruptionError({ ...at, expected: codec.typeName, found: error.message, cause: error });
  }
}

function incomplete(dir: string, expected: string, found: string): WalCorruptionError {
  return new WalCorruptionError({ file: dir, offset: 0, expected, found });
}

function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.byteLength === right.byteLength && left.every((byte, i) => byte === right[i]);
}
