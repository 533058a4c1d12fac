/**
 * A naive write-ahead log: the list of all records handed over, and how many of them must survive. What a real log
 * recovers must be what some beginning of that list says, one that holds at least every acknowledged record.
 */
import type { raftpb, walpb } from "@etcd-ts/proto";

/** One record as it was handed over. */
export type ModelRecord =
  | { readonly kind: "entry"; readonly entry: raftpb.Entry }
  | { readonly kind: "state"; readonly state: raftpb.HardState }
  | { readonly kind: "snapshot"; readonly snapshot: walpb.Snapshot };

/** What a log says: raft's hard state and entries, the first one of index 1. */
export interface LogContents {
  hardState: raftpb.HardState;
  entries: raftpb.Entry[];
  /** A leader's snapshot that is recorded but not committed yet: it counts once the commit index reaches it. */
  pending?: walpb.Snapshot | undefined;
}

/** What was recovered from disk, entries beginning behind `start`. */
export interface Recovered extends LogContents {
  readonly start: number;
}

/** The list, and the contents it adds up to. */
export class LogModel {
  readonly records: ModelRecord[] = [];
  /** So many records from the beginning were acknowledged as durable. */
  durableCount = 0;
  readonly contents: LogContents = { hardState: { term: 0, vote: 0n, commit: 0 }, entries: [] };

  /** Hands a record over. */
  add(record: ModelRecord): void {
    this.records.push(record);
    apply(record, this.contents);
  }

  /**
   * The shortest beginning of the list, at least the durable one, that says what was recovered; undefined if none.
   * A leader's snapshot right behind it may be on disk or not: it stays pending, for the leader will send it again.
   */
  explain(recovered: Recovered): LogModel | undefined {
    const reached = new LogModel();
    let explained: LogModel | undefined;
    for (let count = 0; count <= this.records.length; count++) {
      const same = count >= this.durableCount && sameContents(reached.contents, recovered);
      if (same) explained ??= this.#beginning(count);
      else if (explained !== undefined) break;
      if (same) explained!.contents.pending ??= reached.contents.pending;
      if (count < this.records.length) reached.add(this.records[count]!);
    }
    return explained;
  }

  #beginning(count: number): LogModel {
    const model = new LogModel();
    for (const record of this.records.slice(0, count)) model.add(record);
    model.durableCount = count;
    return model;
  }

  /** Index of the newest snapshot that is durably recorded and committed; 0 when there is none. */
  durableSnapshotIndex(): number {
    const durable = this.records.slice(0, this.durableCount);
    const last = durable.findLast((record) => record.kind === "state");
    const commit = last?.state.commit ?? 0;
    const indexes = durable.map((record) => (record.kind === "snapshot" ? record.snapshot.index : 0));
    return Math.max(0, ...indexes.filter((index) => index <= commit));
  }
}

function apply(record: ModelRecord, contents: LogContents): void {
  const { pending } = contents;
  if (record.kind === "snapshot" && contents.entries[record.snapshot.index - 1]?.term !== record.snapshot.term) {
    contents.pending = record.snapshot;
  }
  if (record.kind === "state") {
    contents.hardState = record.state;
    if (pending !== undefined && pending.index <= record.state.commit) {
      contents.entries = Array.from({ length: pending.index }, (_, i) => covered(i + 1, pending.term));
      contents.pending = undefined;
    }
  }
  if (record.kind === "entry") contents.entries.splice(record.entry.index - 1, contents.entries.length, record.entry);
}

/** Stands for an entry that only the snapshot knows. */
function covered(index: number, term: number): raftpb.Entry {
  return { type: 0, term, index, data: new Uint8Array(0) };
}

function sameContents(model: LogContents, { start, hardState, entries }: Recovered): boolean {
  const { term, vote, commit } = model.hardState;
  return (
    term === hardState.term &&
    vote === hardState.vote &&
    commit === hardState.commit &&
    model.entries.length === start + entries.length &&
    entries.every((entry, i) => sameEntry(entry, model.entries[start + i]!))
  );
}

function sameEntry(left: raftpb.Entry, right: raftpb.Entry): boolean {
  return (
    left.type === right.type &&
    left.term === right.term &&
    left.index === right.index &&
    left.data.byteLength === right.data.byteLength &&
    left.data.every((byte, i) => byte === right.data[i])
  );
}
