/**
 * What clients saw, in the order they saw it: every request with its answer, if one came, and everything watches told.
 * Sequence numbers are exact: whatever returned before something else was called has the smaller number.
 */
import type {
  CompactionRequest,
  CompactionResponse,
  DeleteRangeRequest,
  DeleteRangeResponse,
  FilterType,
  HashKVRequest,
  HashKVResponse,
  LeaseGrantRequest,
  LeaseGrantResponse,
  LeaseKeepAliveRequest,
  LeaseKeepAliveResponse,
  LeaseLeasesRequest,
  LeaseLeasesResponse,
  LeaseRevokeRequest,
  LeaseRevokeResponse,
  LeaseTimeToLiveRequest,
  LeaseTimeToLiveResponse,
  PutRequest,
  PutResponse,
  RangeRequest,
  RangeResponse,
  TxnRequest,
  TxnResponse,
} from "@etcd-ts/proto";

/** Request and response of each kind of call. */
export interface CallTypes {
  range: [RangeRequest, RangeResponse];
  put: [PutRequest, PutResponse];
  delete: [DeleteRangeRequest, DeleteRangeResponse];
  txn: [TxnRequest, TxnResponse];
  compact: [CompactionRequest, CompactionResponse];
  grant: [LeaseGrantRequest, LeaseGrantResponse];
  revoke: [LeaseRevokeRequest, LeaseRevokeResponse];
  keepAlive: [LeaseKeepAliveRequest, LeaseKeepAliveResponse];
  timeToLive: [LeaseTimeToLiveRequest, LeaseTimeToLiveResponse];
  leases: [LeaseLeasesRequest, LeaseLeasesResponse];
  hashKv: [HashKVRequest, HashKVResponse];
}
export type CallKind = keyof CallTypes;

/** One call. */
export interface Call<Kind extends CallKind = CallKind> {
  readonly kind: Kind;
  readonly step: number;
  readonly machine: number;
  /** Which life of the machine. */
  readonly life: number;
  readonly request: CallTypes[Kind][0];
  readonly calledAt: number;
  readonly calledMs: number;
  /** Infinity while, or if, no answer came. */
  returnedAt: number;
  returnedMs: number;
  response: CallTypes[Kind][1] | undefined;
  /** The error's text. */
  error: string | undefined;
}
/** A call of any kind, told apart by `kind`. */
export type AnyCall = { [Kind in CallKind]: Call<Kind> }[CallKind];

/** A change of one key as a watch told it. */
export interface SeenEvent {
  readonly revision: number;
  readonly key: string;
  /** Undefined: deleted. */
  readonly kv: Kv | undefined;
  readonly prevKv: Kv | undefined;
}

/** A key-value with texts instead of bytes. */
export interface Kv {
  readonly key: string;
  readonly value: string;
  readonly createRevision: number;
  readonly modRevision: number;
  readonly version: number;
  readonly lease: bigint;
}

/** What one watch told: an answer with events, a promise that nothing is missing up to a revision, or its end. */
export type Told =
  | {
      readonly kind: "created";
      readonly at: number;
      readonly revision: number;
      readonly life: number;
      readonly from: number;
    }
  | {
      readonly kind: "events";
      readonly at: number;
      readonly ms: number;
      readonly revision: number;
      readonly events: readonly SeenEvent[];
    }
  | { readonly kind: "progress"; readonly at: number; readonly revision: number }
  | { readonly kind: "compacted"; readonly at: number; readonly revision: number };

/** All that one watch saw, over all its lives. */
export interface WatchLog {
  readonly step: number;
  readonly key: string;
  readonly end: string;
  readonly prevKv: boolean;
  readonly filters: readonly FilterType[];
  readonly told: Told[];
}

/** The whole history. */
export interface History {
  readonly calls: AnyCall[];
  /** Watches everything from the first revision on; its log is what the other checks build on. */
  readonly observer: WatchLog;
  readonly watches: WatchLog[];
}
