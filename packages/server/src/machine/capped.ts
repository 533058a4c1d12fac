/**
 * What raised alarms forbid, applied alike on every member: NOSPACE refuses whatever makes the store grow (puts,
 * transactions with a put in either branch, nested ones too, and lease grants); CORRUPT refuses every change. Reads,
 * deletes, compaction and revocation go on under NOSPACE, because they are the way out of it.
 */
import { AlarmType, type EtcdError, etcdError, type TxnRequest } from "@etcd-ts/proto";
import type { Alarms } from "../alarm/index.ts";

/** Whether a request makes the store grow. */
export type Growth = "grows" | "shrinks";

/** The error that the raised alarms answer a request with, if any. */
export function refusalByAlarm(alarms: Alarms, growth: Growth): EtcdError | undefined {
  if (alarms.isActive(AlarmType.CORRUPT)) return etcdError("corrupt");
  if (growth === "grows" && alarms.isActive(AlarmType.NOSPACE)) return etcdError("noSpace");
  return undefined;
}

/** A transaction grows when either branch holds a put, at any depth. */
export function txnGrowth(request: TxnRequest): Growth {
  return [...request.success, ...request.failure].some(
    ({ requestPut, requestTxn }) =>
      requestPut !== undefined || (requestTxn !== undefined && txnGrowth(requestTxn) === "grows"),
  )
    ? "grows"
    : "shrinks";
}
