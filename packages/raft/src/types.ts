// The data that Raft nodes exchange and store: entries, hard state, snapshots and the membership inside them.
// Field names and numbers correspond to raftpb (etcd's raft.proto), so that a codec is a plain mapping.
// Indexes and terms are safe integers; ids are unsigned 64-bit bigints, 0n meaning "no node".

/** What an entry carries; the numbers are raftpb's. */
export const EntryType = { normal: 0, confChange: 1, confChangeV2: 2 } as const;
/** One of the values of the constant of the same name. */
export type EntryType = (typeof EntryType)[keyof typeof EntryType];

/** One log entry. Immutable once handed over; `data` may be a view that the receiver must copy to keep for long. */
export interface Entry {
  term: number;
  index: number;
  type: EntryType;
  data: Uint8Array;
}

/** What must be durable before a node answers anyone (Raft paper, figure 2: persistent state). */
export interface HardState {
  term: number;
  vote: bigint;
  commit: number;
}

/** A membership: two sets of voters while changing jointly, one otherwise, and the learners. Ids ascend. */
export interface ConfState {
  voters: bigint[];
  learners: bigint[];
  votersOutgoing: bigint[];
  learnersNext: bigint[];
  autoLeave: boolean;
}

/** Where in the log a snapshot stands, and the membership in force there. */
export interface SnapshotMetadata {
  confState: ConfState;
  index: number;
  term: number;
}

/** The state machine's content at one log position; `data` belongs to the application. */
export interface Snapshot {
  data: Uint8Array;
  metadata: SnapshotMetadata;
}

/** The role of a node (Raft paper, figure 4; the pre-candidate is from the thesis, section 9.6). */
export const Role = {
  follower: "follower",
  candidate: "candidate",
  leader: "leader",
  preCandidate: "pre-candidate",
} as const;
/** One of the values of the constant of the same name. */
export type Role = (typeof Role)[keyof typeof Role];

/** The volatile part of a node's state that applications watch. */
export interface SoftState {
  leader: bigint;
  role: Role;
}

/** The answer to one `readIndex`: once everything up to `index` is applied, the read is linearizable. */
export interface ReadState {
  index: number;
  context: Uint8Array;
}

/** The id that stands for no node at all. */
export const noNode = 0n;

/** No bytes; shared, so compare lengths and not identity. */
export const noBytes: Uint8Array = new Uint8Array(0);

/** Builds the membership of a node that knows nobody. */
export function emptyConfState(): ConfState {
  return { voters: [], learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false };
}

/** Tells whether a hard state holds nothing worth writing. */
export function isEmptyHardState(state: HardState): boolean {
  return state.term === 0 && state.vote === noNode && state.commit === 0;
}
