/**
 * The table of probes: wrong calls that have a right answer. Each is made against our server and, where it is
 * installed, the real etcd; gRPC code and text must be the same. `codeOnly` marks texts that Go's libraries make
 * (protobuf, gRPC), which clients do not match and which change between releases.
 */
import { framed, type RawCall } from "./raw-call.ts";

/** A probe by gRPC or by HTTP/1.1. */
export interface Probe {
  readonly name: string;
  readonly call?: RawCall;
  readonly http?: string;
  readonly codeOnly?: boolean;
  /** Releases of Go's gRPC refuse it in different ways; that it is refused is all that counts. */
  readonly refusalOnly?: boolean;
  /** The part of the API that this server does not have yet; the probe is left out, and said so. */
  readonly awaits?: string;
  /** The real etcd 3.4.23 crashes on it, so only survival is asked for. */
  readonly crashesEtcd?: boolean;
}

const kv = (method: string): string => `/etcdserverpb.KV/${method}`;
const noBytes = new Uint8Array(0);
const hex = (digits: string): Buffer => Buffer.from(digits.replaceAll(" ", ""), "hex");
const maxInt64 = "ffffffffffffffff7f";
const minInt64 = "80808080808080808001";
const minusOne = "ffffffffffffffffff01";

/** A length-delimited field. */
function field(number: number, content: Uint8Array): Buffer {
  return Buffer.concat([varint(number * 8 + 2), varint(content.length), content]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let left = value; ; left = Math.floor(left / 128)) {
    if (left < 128) return Buffer.from([...bytes, left]);
    bytes.push((left % 128) | 128);
  }
}

const putOf = (key: string, value: Uint8Array): Buffer => Buffer.concat([field(1, Buffer.from(key)), field(2, value)]);
const putOperation = (key: string): Buffer => field(2, putOf(key, Buffer.from("v")));
const repeat = (count: number, make: (index: number) => Uint8Array): Buffer =>
  Buffer.concat(Array.from({ length: count }, (_, index) => make(index)));

/** A transaction in the success branch of a transaction, and so on. */
function nestedTxn(depth: number): Buffer {
  let inner: Buffer = field(2, putOperation("deep"));
  for (let level = 1; level < depth; level++) inner = field(2, field(4, inner));
  return inner;
}

const wireProbes: readonly Probe[] = [
  { name: "an unknown service", call: { path: "/nowhere.Nothing/Do", body: framed(noBytes) }, codeOnly: true },
  { name: "an unknown method", call: { path: kv("Nothing"), body: framed(noBytes) }, codeOnly: true },
  { name: "a path without a service", call: { path: "/Range", body: framed(noBytes) }, refusalOnly: true },
  { name: "a path without slash", call: { path: "*", body: framed(noBytes) }, refusalOnly: true },
  {
    name: "a message cut short",
    call: { path: kv("Range"), body: framed(hex("0a"), { length: 10 }) },
    refusalOnly: true,
  },
  { name: "no message at all", call: { path: kv("Range"), body: noBytes }, refusalOnly: true },
  {
    name: "a compressed flag without an encoding",
    call: { path: kv("Range"), body: framed(hex("0a0161"), { compressed: 1 }) },
    codeOnly: true,
  },
  {
    name: "an unknown encoding",
    call: { path: kv("Range"), body: framed(hex("0a0161"), { compressed: 1 }), headers: { "grpc-encoding": "brotli" } },
    codeOnly: true,
  },
  {
    name: "a message above 2 MiB",
    call: { path: kv("Put"), body: framed(putOf("k", new Uint8Array(3 << 20))) },
    codeOnly: true,
  },
  {
    name: "a message announced with 4 GiB",
    call: { path: kv("Put"), body: framed(hex("0a01"), { length: 0xffffffff }) },
    codeOnly: true,
  },
  { name: "a field of the wrong type", call: { path: kv("Range"), body: framed(hex("0801")) }, codeOnly: true },
  {
    name: "a length beyond the message",
    call: { path: kv("Range"), body: framed(hex("0affffffff7f")) },
    codeOnly: true,
  },
  {
    name: "an endless varint",
    call: { path: kv("Range"), body: framed(hex("18ffffffffffffffffffffffff01")) },
    codeOnly: true,
  },
  { name: "unknown fields", call: { path: kv("Range"), body: framed(hex("0a0161 f8ff0101 faff0103616263")) } },
  { name: "field number 0", call: { path: kv("Range"), body: framed(hex("0001")) }, codeOnly: true },
  { name: "an unclosed group", call: { path: kv("Range"), body: framed(hex("0b")) }, codeOnly: true },
  {
    name: "a malformed deadline",
    call: { path: kv("Range"), body: framed(hex("0a0161")), headers: { "grpc-timeout": "soon" } },
    refusalOnly: true,
  },
  {
    name: "another content type",
    call: { path: kv("Range"), body: framed(hex("0a0161")), headers: { "content-type": "text/plain" } },
    refusalOnly: true,
  },
];

const valueProbes: readonly Probe[] = [
  { name: "an empty key", call: { path: kv("Range"), body: framed(noBytes) } },
  { name: "a put without key", call: { path: kv("Put"), body: framed(hex("120161")) } },
  { name: "a deletion without key", call: { path: kv("DeleteRange"), body: framed(noBytes) } },
  { name: "a negative limit", call: { path: kv("Range"), body: framed(hex(`0a0161 18${minusOne}`)) } },
  { name: "the smallest limit", call: { path: kv("Range"), body: framed(hex(`0a0161 18${minInt64}`)) } },
  { name: "the largest limit", call: { path: kv("Range"), body: framed(hex(`0a0100 120100 18${maxInt64}`)) } },
  { name: "the largest revision", call: { path: kv("Range"), body: framed(hex(`0a0161 20${maxInt64}`)) } },
  { name: "the smallest revision", call: { path: kv("Range"), body: framed(hex(`0a0161 20${minInt64}`)) } },
  { name: "compaction of the largest revision", call: { path: kv("Compact"), body: framed(hex(`08${maxInt64}`)) } },
  { name: "compaction of revision -1", call: { path: kv("Compact"), body: framed(hex(`08${minusOne}`)) } },
  { name: "an unknown lease", call: { path: kv("Put"), body: framed(hex(`0a0161 18${maxInt64}`)) } },
  { name: "ignore_value with a value", call: { path: kv("Put"), body: framed(hex("0a0161 120161 2801")) } },
  { name: "ignore_value of a missing key", call: { path: kv("Put"), body: framed(hex("0a036e6f6e 2801")) } },
  { name: "the largest TTL", call: { path: "/etcdserverpb.Lease/LeaseGrant", body: framed(hex(`08${maxInt64}`)) } },
  { name: "revoking lease 0", call: { path: "/etcdserverpb.Lease/LeaseRevoke", body: framed(noBytes) } },
  { name: "a value above 1.5 MiB", call: { path: kv("Put"), body: framed(putOf("k", new Uint8Array(1_700_000))) } },
  {
    name: "129 operations",
    call: { path: kv("Txn"), body: framed(repeat(129, (index) => field(2, putOperation(`k${index}`)))) },
  },
  {
    name: "one key put twice",
    call: { path: kv("Txn"), body: framed(repeat(2, () => field(2, putOperation("same")))) },
  },
  { name: "an operation without content", call: { path: kv("Txn"), body: framed(hex("1200")) } },
  { name: "a comparison without key", call: { path: kv("Txn"), body: framed(hex("0a00")) } },
  { name: "transactions 20 deep", call: { path: kv("Txn"), body: framed(nestedTxn(20)) } },
  {
    name: "a hash of the future",
    call: { path: "/etcdserverpb.Maintenance/HashKV", body: framed(hex(`08${maxInt64}`)) },
  },
  {
    name: "promoting nobody",
    awaits: "cluster",
    call: { path: "/etcdserverpb.Cluster/MemberPromote", body: framed(hex("0801")) },
  },
  {
    name: "removing nobody",
    awaits: "cluster",
    call: { path: "/etcdserverpb.Cluster/MemberRemove", body: framed(hex("0801")) },
  },
  {
    name: "an unknown alarm action",
    crashesEtcd: true,
    call: { path: "/etcdserverpb.Maintenance/Alarm", body: framed(hex("0863")) },
  },
];

const http = (line: string, body = ""): string =>
  `${line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

const httpProbes: readonly Probe[] = [
  { name: "an unknown path", http: http("GET /nothing/here"), codeOnly: true },
  { name: "a wrong method for /health", http: http("POST /health") },
  { name: "a wrong method for /version", http: http("DELETE /version") },
];

/** Every probe. */
export const probes: readonly Probe[] = [...wireProbes, ...valueProbes, ...httpProbes];
