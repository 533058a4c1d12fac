/** Put: one version of one key. */
import { KeyValue, type PutRequest, type raw } from "@etcd-ts/proto";
import { type Failure, failure } from "../failure.ts";
import type { MvccStore } from "../store.ts";
import type { LeaseKeeper, WriteTxn } from "../write-txn.ts";
import { type Applied, type ApplyContext, revisionHeader } from "./applied.ts";

/** Applies a put, or answers why not. */
export function applyPut(
  store: MvccStore,
  request: PutRequest,
  ctx: ApplyContext,
): Applied<raw.PutResponseRaw> | Failure {
  const refused = refusedLease(request, ctx.leases) ?? refusedIgnore(store, request);
  if (refused !== undefined) return refused;
  let prevKv: Uint8Array | undefined;
  const changes = store.write(ctx.leases, (txn) => {
    prevKv = writePut(store, txn, request);
  });
  return { response: { header: revisionHeader(store.currentRevision), prevKv }, changes };
}

/** What keeps a put of a transaction from being done, judged by the state before the transaction. */
export function refusedPut(store: MvccStore, request: PutRequest, leases: LeaseKeeper): Failure | undefined {
  return refusedIgnore(store, request) ?? refusedLease(request, leases);
}

/** Does a put; answers the version before if the request wants it. */
export function writePut(store: MvccStore, txn: WriteTxn, request: PutRequest): Uint8Array | undefined {
  const { key, ignoreValue, ignoreLease } = request;
  const wantsPrevious = request.prevKv || ignoreValue || ignoreLease;
  if (wantsPrevious) txn.tally.range();
  const previous = wantsPrevious ? store.get(key, txn.revision) : undefined;
  const before = previous !== undefined && (ignoreValue || ignoreLease) ? KeyValue.decode(previous) : undefined;
  txn.put(key, {
    value: ignoreValue && before !== undefined ? before.value : request.value,
    lease: ignoreLease && before !== undefined ? before.lease : request.lease,
  });
  return request.prevKv ? previous : undefined;
}

function refusedLease({ lease }: PutRequest, leases: LeaseKeeper): Failure | undefined {
  return lease !== 0n && !leases.exists(lease) ? failure("leaseNotFound") : undefined;
}

/** Keeping the value or the lease takes a version to keep it of. */
function refusedIgnore(store: MvccStore, { key, ignoreValue, ignoreLease }: PutRequest): Failure | undefined {
  return (ignoreValue || ignoreLease) && store.newest(key) === undefined ? failure("keyNotFound") : undefined;
}
