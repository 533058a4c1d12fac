/** Turns steps into requests: fills in the revisions, leases and bytes that a schedule names only by number. */
import {
  Compare,
  CompareTarget,
  DeleteRangeRequest,
  EMPTY_BYTES,
  PutRequest,
  RangeRequest,
  RequestOp,
  TxnRequest,
} from "@etcd-ts/proto";
import type { CompareSpec, DeleteSpec, PutSpec, RangeSpec, Span, TxnSpec } from "./step.ts";

/** Id of the lease with a number; 0 is none. */
export function leaseId(number: number): bigint {
  return number === 0 ? 0n : BigInt(1000 + number);
}

/** The bytes of a text; keys and values of simulations are ASCII. */
export function bytesOf(text: string): Uint8Array {
  if (text === "") return EMPTY_BYTES;
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** The text of bytes. */
export function textOf(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** Key and end of a span. */
export function spanOf({ key, end }: Span): { key: Uint8Array; rangeEnd: Uint8Array } {
  return { key: bytesOf(key), rangeEnd: bytesOf(end) };
}

/** The put of a step. */
export function putOf(spec: PutSpec): PutRequest {
  const { prevKv, ignoreValue, ignoreLease } = spec;
  const [key, value] = [bytesOf(spec.key), bytesOf(spec.value)];
  return PutRequest.create({ key, value, lease: leaseId(spec.lease), prevKv, ignoreValue, ignoreLease });
}

/** The delete of a step. */
export function deleteOf(spec: DeleteSpec): DeleteRangeRequest {
  return DeleteRangeRequest.create({ ...spanOf(spec), prevKv: spec.prevKv });
}

/** The range of a step; `latest` is the newest revision that clients have seen. */
export function rangeOf(spec: RangeSpec, latest: number): RangeRequest {
  const { serializable, limit, countOnly, keysOnly, sortOrder, sortTarget } = spec;
  const revision = spec.back === undefined ? 0 : Math.max(1, latest - spec.back);
  const options = { serializable, limit, countOnly, keysOnly, sortOrder, sortTarget };
  return RangeRequest.create({ ...spanOf(spec), ...options, revision });
}

/** The transaction of a step. */
export function txnOf(spec: TxnSpec, latest: number): TxnRequest {
  const operation = (each: TxnSpec["success"][number]): RequestOp => {
    if (each.kind === "put") return RequestOp.create({ requestPut: putOf(each) });
    if (each.kind === "delete") return RequestOp.create({ requestDeleteRange: deleteOf(each) });
    if (each.kind === "range") return RequestOp.create({ requestRange: rangeOf(each, latest) });
    return RequestOp.create({ requestTxn: txnOf(each, latest) });
  };
  return TxnRequest.create({
    compare: spec.compare.map((each) => compareOf(each, latest)),
    success: spec.success.map(operation),
    failure: spec.failure.map(operation),
  });
}

function compareOf(spec: CompareSpec, latest: number): Compare {
  const base = { ...spanOf(spec), target: spec.target, result: spec.result };
  const revision = Math.max(0, latest - spec.number);
  switch (spec.target) {
    case CompareTarget.VERSION:
      return Compare.create({ ...base, version: spec.number });
    case CompareTarget.CREATE:
      return Compare.create({ ...base, createRevision: revision });
    case CompareTarget.MOD:
      return Compare.create({ ...base, modRevision: revision });
    case CompareTarget.VALUE:
      return Compare.create({ ...base, value: bytesOf(spec.value) });
    default:
      return Compare.create({ ...base, lease: leaseId(spec.number) });
  }
}
