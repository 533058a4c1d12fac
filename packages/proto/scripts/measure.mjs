// `node packages/proto/scripts/measure.mjs [protobufjs]`: nanoseconds per decode and encode of the three messages the codec was
// chosen by, best of seven rounds each; with `protobufjs`, that library (a dependency of a development tool) beside ours.
import { randomBytes } from "node:crypto";
import * as proto from "../dist/index.js";

const header = proto.ResponseHeader.create({
  clusterId: 14841639068965178418n,
  memberId: 10276657743932975437n,
  revision: 1e6,
  raftTerm: 7,
});
const bytesOf = (size) => new Uint8Array(randomBytes(size));
const keyValue = (i) =>
  proto.KeyValue.create({
    key: bytesOf(16),
    createRevision: 1e5 + i,
    modRevision: 12e5 + i,
    version: 3,
    value: bytesOf(256),
    lease: i % 3 ? 0n : 7587849201923n,
  });
const listOf = (count, make) => Array.from({ length: count }, (_, i) => make(i));
const kvs = listOf(100, keyValue);
const put = proto.PutRequest.create({ key: bytesOf(16), value: bytesOf(256) });
const cases = [
  ["PutRequest, 256 B", proto.PutRequest, put],
  ["PutRequest, 256 B, lease", proto.PutRequest, { ...put, lease: 7587849201923n }],
  ["RangeResponse, 100 keys", proto.RangeResponse, proto.RangeResponse.create({ header, kvs, count: 100 })],
  ["WatchResponse, 1 event", proto.WatchResponse, watchResponse(1)],
  ["WatchResponse, 10 events", proto.WatchResponse, watchResponse(10)],
];

function watchResponse(count) {
  return proto.WatchResponse.create({
    header,
    watchId: 5,
    events: listOf(count, (i) => proto.Event.create({ kv: keyValue(i) })),
  });
}

let sink;
function nanosecondsOf(run) {
  for (let i = 0; i < 20_000; i++) sink = run();
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 7; round++) {
    const start = process.hrtime.bigint();
    let count = 0;
    let elapsed = 0;
    for (; elapsed < 1e8; elapsed = Number(process.hrtime.bigint() - start)) {
      for (let i = 0; i < 200; i++) sink = run();
      count += 200;
    }
    best = Math.min(best, elapsed / count);
  }
  return best.toFixed(0).padStart(7);
}

const report = (name, runs) =>
  console.log(
    name.padEnd(38),
    Object.entries(runs)
      .map(([what, run]) => `${what} ${nanosecondsOf(run)}`)
      .join("  "),
  );

const others = process.argv.includes("protobufjs") ? await protobufjsTypes() : undefined;
for (const [name, type, message] of cases) {
  const bytes = type.encode(message);
  const buffer = new Uint8Array(bytes.length);
  report(name, {
    decode: () => type.decode(bytes),
    encode: () => type.encode(message),
    encodeInto: () => type.encodeInto(message, buffer, 0),
  });
  const other = others?.(type);
  const decoded = other?.decode(bytes);
  if (other)
    report(`  protobufjs`, { decode: () => other.decode(bytes), encode: () => other.encode(decoded).finish() });
}
const rawKvs = kvs.map((kv) => proto.KeyValue.encode(kv));
const rawRange = proto.RangeResponseRaw.create({ header, kvs: rawKvs, count: 100 });
report("RangeResponseRaw, 100 keys", { encode: () => proto.RangeResponseRaw.encode(rawRange) });
const request = { headerId: 7587849201923n, field: "put", raw: proto.PutRequest.encode(put) };
const data = proto.wrapInternalRequest(request);
report("InternalRaftRequest around a put", {
  wrap: () => proto.wrapInternalRequest(request),
  peek: () => proto.peekInternalRequest(data),
});
const entry = proto.raftpb.Entry.create({ term: 4, index: 1_234_567, data });
const entryBytes = proto.raftpb.Entry.encode(entry);
report("raftpb.Entry", {
  decode: () => proto.raftpb.Entry.decode(entryBytes),
  encode: () => proto.raftpb.Entry.encode(entry),
});
if (sink === undefined) throw new Error("nothing was measured");

/** The same messages for protobufjs, made of our field descriptions. */
async function protobufjsTypes() {
  const { default: protobufjs } = await import("protobufjs");
  const root = new protobufjs.Root();
  const made = new Map();
  const make = (type) => {
    if (made.has(type)) return made.get(type);
    const name = type.typeName.replaceAll(".", "_");
    const one = new protobufjs.Type(name);
    made.set(type, one);
    for (const field of type.fields) {
      const fieldType =
        field.type === "message" ? make(field.message()).name : field.type === "enum" ? "int32" : field.type;
      one.add(new protobufjs.Field(field.localName, field.number, fieldType, field.repeated ? "repeated" : undefined));
    }
    root.add(one);
    return one;
  };
  return make;
}
