/**
 * Requests as etcd's log lines show them: protobuf's text form, keys included, values only by their size. Only slow requests are
 * described, so this is no hot path.
 *
 * Bounds: a description is cut at `descriptionMax` characters.
 */
import {
  CompactionRequest,
  type Compare,
  CompareResult,
  CompareTarget,
  DeleteRangeRequest,
  LeaseGrantRequest,
  LeaseRevokeRequest,
  PutRequest,
  RangeRequest,
  type Request,
  type RequestOp,
  TxnRequest,
} from "@etcd-ts/proto";
import { readLogRequest } from "./log-request.ts";

const descriptionMax = 2048;
type Field = readonly [name: string, value: Uint8Array | number | bigint | boolean];

const describers: Readonly<Record<string, (raw: Uint8Array) => string>> = {
  range: (raw) => range(RangeRequest.decode(raw)),
  put: (raw) => put(PutRequest.decode(raw)),
  delete_range: (raw) => deleteRange(DeleteRangeRequest.decode(raw)),
  txn: (raw) => txn(TxnRequest.decode(raw)),
  compaction: (raw) => {
    const { revision, physical } = CompactionRequest.decode(raw);
    return fields([
      ["revision", revision],
      ["physical", physical],
    ]);
  },
  lease_grant: (raw) => {
    const { ttl, id } = LeaseGrantRequest.decode(raw);
    return fields([
      ["TTL", ttl],
      ["ID", id],
    ]);
  },
  lease_revoke: (raw) => fields([["ID", LeaseRevokeRequest.decode(raw).id]]),
};

/** A request by its name in the log (`put`, `delete_range`); one of a kind that etcd's log does not spell out gives `""`. */
export function describeRequest(name: string, raw: Uint8Array): string {
  const describe = Object.hasOwn(describers, name) ? describers[name] : undefined;
  return cut(describe?.(raw) ?? "");
}

/** A log entry's data: `header:<ID:7 > put:<key:"a" value_size:1 >`. */
export function describeEntry(data: Uint8Array): string {
  const entry = readLogRequest(data);
  if ("request" in entry) return cut(`header:<ID:${entry.id} > ${v2(entry.request)}`);
  const { id, field, raw } = entry;
  const name = (field ?? "unknown").replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return cut(`header:<ID:${id} > ${name}:<${describeRequest(name, raw)}>`);
}

function v2({ method, path, val }: Request): string {
  return `v2:<method:${JSON.stringify(method)} path:${JSON.stringify(path)} val_size:${val.length} >`;
}

function cut(text: string): string {
  return text.length <= descriptionMax ? text : `${text.slice(0, descriptionMax)}…`;
}

function range(request: RangeRequest): string {
  return fields([
    ["key", request.key],
    ["range_end", request.rangeEnd],
    ["limit", request.limit],
    ["revision", request.revision],
    ["serializable", request.serializable],
    ["keys_only", request.keysOnly],
    ["count_only", request.countOnly],
  ]);
}

function put({ key, value, lease }: PutRequest): string {
  return fields([
    ["key", key],
    ["value_size", value.length],
    ["lease", lease],
  ]);
}

function deleteRange({ key, rangeEnd, prevKv }: DeleteRangeRequest): string {
  return fields([
    ["key", key],
    ["range_end", rangeEnd],
    ["prev_kv", prevKv],
  ]);
}

function txn({ compare, success, failure }: TxnRequest): string {
  const parts = [
    ...compare.map((one) => `compare:<${compared(one)}> `),
    ...success.map((one) => `success:<${operation(one)}> `),
    ...failure.map((one) => `failure:<${operation(one)}> `),
  ];
  return parts.join("");
}

const targetNames: Readonly<Record<number, string>> = {
  [CompareTarget.VERSION]: "VERSION",
  [CompareTarget.CREATE]: "CREATE",
  [CompareTarget.MOD]: "MOD",
  [CompareTarget.VALUE]: "VALUE",
  [CompareTarget.LEASE]: "LEASE",
};
const resultNames: Readonly<Record<number, string>> = {
  [CompareResult.EQUAL]: "EQUAL",
  [CompareResult.GREATER]: "GREATER",
  [CompareResult.LESS]: "LESS",
  [CompareResult.NOT_EQUAL]: "NOT_EQUAL",
};

function compared({ target, result, key, rangeEnd, value }: Compare): string {
  const asked = `target:${targetNames[target] ?? target} result:${resultNames[result] ?? result} `;
  const size: Field[] = value === undefined ? [] : [["value_size", value.length]];
  return asked + fields([["key", key], ["range_end", rangeEnd], ...size]);
}

function operation({ requestRange, requestPut, requestDeleteRange, requestTxn }: RequestOp): string {
  if (requestRange !== undefined) return `request_range:<${range(requestRange)}> `;
  if (requestPut !== undefined) return `request_put:<${put(requestPut)}> `;
  if (requestDeleteRange !== undefined) return `request_delete_range:<${deleteRange(requestDeleteRange)}> `;
  return requestTxn === undefined ? "" : `request_txn:<${txn(requestTxn)}> `;
}

/** Fields that have a value, each with a space behind it. */
function fields(all: readonly Field[]): string {
  let text = "";
  for (const [name, value] of all) {
    if (value instanceof Uint8Array ? value.length > 0 : Boolean(value)) text += `${name}:${valueText(value)} `;
  }
  return text;
}

function valueText(value: Field[1]): string {
  return value instanceof Uint8Array ? quoted(value) : String(value);
}

/** Bytes as protobuf's text form quotes them. */
function quoted(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes.subarray(0, descriptionMax)) text += quotedByte(byte);
  return `"${text}"`;
}

function quotedByte(byte: number): string {
  const char = String.fromCharCode(byte);
  if (char === '"' || char === "\\") return `\\${char}`;
  return byte >= 0x20 && byte < 0x7f ? char : `\\${byte.toString(8).padStart(3, "0")}`;
}
