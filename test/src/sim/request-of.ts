/**
 * Turns a step into the request it stands for, and tells which method takes it. Steps name revisions by their distance from what was seen.
 */
import {
  CompactionRequest,
  HashKVRequest,
  LeaseGrantRequest,
  LeaseKeepAliveRequest,
  LeaseLeasesRequest,
  LeaseRevokeRequest,
  LeaseTimeToLiveRequest,
  type MethodInfo,
  services,
} from "@etcd-ts/proto";
import { deleteOf, leaseId, putOf, rangeOf, txnOf } from "./build-request.ts";
import type { CallKind, CallTypes } from "./history.ts";
import type { CallSpec } from "./step.ts";

/** A request and its kind. */
export type Request = { [Kind in CallKind]: { kind: Kind; request: CallTypes[Kind][0] } }[CallKind];

const { KV, Lease, Maintenance } = services;
/** The method of each kind of call. */
export const methods: { [Kind in CallKind]: MethodInfo<CallTypes[Kind][0], CallTypes[Kind][1]> } = {
  range: KV.Range,
  put: KV.Put,
  delete: KV.DeleteRange,
  txn: KV.Txn,
  compact: KV.Compact,
  grant: Lease.LeaseGrant,
  revoke: Lease.LeaseRevoke,
  keepAlive: Lease.LeaseKeepAlive,
  timeToLive: Lease.LeaseTimeToLive,
  leases: Lease.LeaseLeases,
  hashKv: Maintenance.HashKV,
};

/** Revisions so far ahead do not exist before the answer, wherever the observer is. */
const farAhead = 100_000;

/** What revisions are counted back from. */
export interface Seen {
  /** Highest revision that any client was told. */
  readonly latest: number;
  /** Highest revision that the observer was told: compactions stay below it. */
  readonly observed: number;
}

/** The request of a step. */
export function requestOf(spec: Exclude<CallSpec, { kind: "defragment" }>, { latest, observed }: Seen): Request {
  switch (spec.kind) {
    case "range":
      return { kind: "range", request: rangeOf(spec, latest) };
    case "put":
      return { kind: "put", request: putOf(spec) };
    case "delete":
      return { kind: "delete", request: deleteOf(spec) };
    case "txn":
      return { kind: "txn", request: txnOf(spec, latest) };
    case "compact": {
      const revision = spec.back < 0 ? latest + farAhead : Math.max(1, observed - spec.back);
      return { kind: "compact", request: CompactionRequest.create({ revision, physical: spec.physical }) };
    }
    case "hashKv":
      return {
        kind: "hashKv",
        request: HashKVRequest.create({ revision: spec.back === 0 ? 0 : latest - spec.back }),
      };
    default:
      return leaseRequestOf(spec);
  }
}

function leaseRequestOf(
  spec: Extract<CallSpec, { kind: "grant" | "revoke" | "keepAlive" | "timeToLive" | "leases" }>,
): Request {
  switch (spec.kind) {
    case "grant":
      return { kind: "grant", request: LeaseGrantRequest.create({ id: leaseId(spec.lease), ttl: spec.ttl }) };
    case "revoke":
      return { kind: "revoke", request: LeaseRevokeRequest.create({ id: leaseId(spec.lease) }) };
    case "keepAlive":
      return { kind: "keepAlive", request: LeaseKeepAliveRequest.create({ id: leaseId(spec.lease) }) };
    case "timeToLive":
      return { kind: "timeToLive", request: LeaseTimeToLiveRequest.create({ id: leaseId(spec.lease), keys: true }) };
    case "leases":
      return { kind: "leases", request: LeaseLeasesRequest.create() };
    default:
      return spec satisfies never;
  }
}
