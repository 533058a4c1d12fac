/**
 * What each kind of log request answers once it is applied, by InternalRaftRequest's field names. Headers carry the revision
 * only; who answers fills in the rest, because members share what they apply but not who they are.
 */
import type {
  AlarmResponse,
  LeaseCheckpointResponse,
  LeaseGrantResponse,
  LeaseRevokeResponse,
  raw,
} from "@etcd-ts/proto";
import type { V2Result } from "../v2/index.ts";

/** Answers by request field. Stored key-values stand in them as the encoded bytes they are stored as. */
export interface AppliedResponses {
  put: raw.PutResponseRaw;
  deleteRange: raw.DeleteRangeResponseRaw;
  txn: raw.TxnResponseRaw;
  compaction: CompactionApplied;
  leaseGrant: LeaseGrantResponse;
  leaseRevoke: LeaseRevokeResponse;
  leaseCheckpoint: LeaseCheckpointResponse;
  alarm: AlarmResponse;
  clusterVersionSet: undefined;
  clusterMemberAttrSet: undefined;
  /** A request of v2 stands in the log as it is, without a wrapper. */
  v2: V2Result;
}

/** Names of the requests that may be proposed. */
export type RequestField = keyof AppliedResponses;

/** A compaction is accepted when it is applied; its space comes back later. */
export interface CompactionApplied {
  /** The store's current revision. */
  readonly revision: number;
  /** Resolves when the compacted revisions are gone from the store (`physical` compactions wait for it). */
  readonly done: Promise<void>;
}

/** The outcome of one applied entry: an error or a response. */
export interface Outcome {
  readonly error: Error | undefined;
  readonly response: unknown;
}
