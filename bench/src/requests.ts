/**
 * Encoded requests of the loads that call and wait. The generator shares two cores with the server, so everything that
 * can be made once is made once, and the rest goes through the generated codecs.
 */
import { Compare, CompareResult, CompareTarget, PutRequest, RangeRequest, RequestOp, TxnRequest } from "@etcd-ts/proto";
import type { CallKind, Load } from "./loads.ts";

/** A call to make. */
export interface Call {
  readonly path: string;
  readonly request: Uint8Array;
}

const paths = {
  put: "/etcdserverpb.KV/Put",
  range: "/etcdserverpb.KV/Range",
  txn: "/etcdserverpb.KV/Txn",
} as const;

const rangeKeys = 1_000;
const pageKeys = 500;
const encoder = new TextEncoder();

/** The key of a number: fixed width, so that rising numbers are rising keys. */
export function keyOf(number: number): Uint8Array {
  return encoder.encode(`key-${String(number).padStart(12, "0")}`);
}

/** A value of that size; its content does not matter to a server that does not compress. */
export function valueOfSize(sizeBytes: number): Uint8Array {
  return new Uint8Array(sizeBytes).fill(0x76);
}

/** Makes the source of a load's calls: each call of the returned function is the next request. */
export function callsOf(kind: CallKind, load: Load): () => Call {
  const value = valueOfSize(load.valueBytes);
  let rising = 0;
  const next = (): number => (load.sequential ? rising++ % load.keyCount : Math.floor(Math.random() * load.keyCount));
  const put = (): Call => ({ path: paths.put, request: putRequest(keyOf(next()), value) });
  const get = (): Call => ({ path: paths.range, request: getRequest(keyOf(next()), load.serializable ?? false) });
  const makers = {
    put,
    get,
    range: () => rangeCall(load.keyCount),
    mixed: () => (Math.random() < 0.25 ? put() : get()),
    txn: () => txnCall(keyOf(next()), value),
    count: countCall,
    page: () => pageCall(keyOf(next())),
    watch: put,
  } satisfies Record<CallKind, () => Call>;
  return makers[kind];
}

/** An encoded PutRequest. */
export function putRequest(key: Uint8Array, value: Uint8Array): Uint8Array {
  return PutRequest.encode(PutRequest.create({ key, value }));
}

function getRequest(key: Uint8Array, serializable: boolean): Uint8Array {
  return RangeRequest.encode(RangeRequest.create({ key, serializable }));
}

function rangeCall(keyCount: number): Call {
  const start = Math.floor(Math.random() * Math.max(1, keyCount - rangeKeys));
  const request = RangeRequest.create({ key: keyOf(start), rangeEnd: keyOf(start + rangeKeys) });
  return { path: paths.range, request: RangeRequest.encode(request) };
}

/** Guards a put with the existence of its key and reads the key in the same transaction. */
function txnCall(key: Uint8Array, value: Uint8Array): Call {
  const read = RequestOp.create({ requestRange: RangeRequest.create({ key }) });
  const write = RequestOp.create({ requestPut: PutRequest.create({ key, value }) });
  const exists = Compare.create({ key, result: CompareResult.GREATER, target: CompareTarget.VERSION, version: 0 });
  const request = TxnRequest.create({ compare: [exists], success: [write, read], failure: [read] });
  return { path: paths.txn, request: TxnRequest.encode(request) };
}

const everything = Uint8Array.of(0);

function countCall(): Call {
  const request = RangeRequest.create({ key: everything, rangeEnd: everything, countOnly: true });
  return { path: paths.range, request: RangeRequest.encode(request) };
}

function pageCall(start: Uint8Array): Call {
  const request = RangeRequest.create({ key: start, rangeEnd: everything, limit: pageKeys });
  return { path: paths.range, request: RangeRequest.encode(request) };
}
