/**
 * Encodes runs of log entries for append streams, each run once for all followers. A leader sends followers that keep up
 * the same entries one after the other, so the last runs are kept: entries never change, and a run is known by its first
 * entry and its length.
 */
import { raftpb } from "@etcd-ts/proto";
import type { Entry } from "@etcd-ts/raft";
import { writeUint64 } from "./stream-codec.ts";

/** | 1 | count | length, entry | … | */
const entriesFrame = 1;
/** Runs kept: followers are a message or two apart. */
const runsKept = 4;

interface Run {
  readonly first: Entry;
  readonly count: number;
  readonly bytes: Uint8Array;
}

const noEntries = Uint8Array.of(entriesFrame, 0, 0, 0, 0, 0, 0, 0, 0);

/** Shared by all append streams of a member. */
export class EntriesEncoder {
  readonly #runs: Run[] = [];
  #next = 0;

  /** The frame of a run of entries without its end, the commit index. Must not be changed. */
  encode(entries: readonly Entry[]): Uint8Array {
    const first = entries[0];
    if (first === undefined) return noEntries;
    for (const run of this.#runs) if (run.first === first && run.count === entries.length) return run.bytes;
    const run = { first, count: entries.length, bytes: encodeRun(entries) };
    this.#runs[this.#next] = run;
    this.#next = (this.#next + 1) % runsKept;
    return run.bytes;
  }
}

function encodeRun(entries: readonly Entry[]): Uint8Array {
  let size = 9;
  for (let i = 0; i < entries.length; i++) size += 8 + raftpb.Entry.sizeOf(entries[i]!);
  const bytes = new Uint8Array(size);
  bytes[0] = entriesFrame;
  writeUint64(bytes, 1, entries.length);
  let at = 9;
  for (let i = 0; i < entries.length; i++) {
    const end = raftpb.Entry.encodeInto(entries[i]!, bytes, at + 8);
    writeUint64(bytes, at, end - at - 8);
    at = end;
  }
  return bytes;
}
