// Bytes that etcd 3.4.23 wrote decode, and encode to the same bytes again.
//
// The files are the used part of a WAL segment and a snapshot file of a single member that was sent a mix of v3, v2, auth, lease
// and membership calls.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  DecodeError,
  InternalRaftRequest,
  type MessageType,
  Metadata,
  peekInternalRequest,
  Request,
  raftpb,
  snappb,
  walpb,
  wrapInternalRequest,
} from "./index.ts";

const testdata = new URL("../src/testdata/", import.meta.url);

/** Cuts a segment into records: a little-endian 64-bit length whose top byte holds the padding, then the record. */
function recordsOf(segment: Buffer): Uint8Array[] {
  const records: Uint8Array[] = [];
  for (let offset = 0; offset < segment.length; ) {
    const size = segment.readUIntLE(offset, 6);
    const padding = segment[offset + 7]! & 7;
    records.push(segment.subarray(offset + 8, offset + 8 + size));
    offset += 8 + size + padding;
  }
  return records;
}

function assertSameAgain<T>(type: MessageType<T>, bytes: Uint8Array): T {
  const message = type.decode(bytes);
  assert.deepEqual(type.encode(message), new Uint8Array(bytes), type.typeName);
  return message;
}

const records = recordsOf(readFileSync(new URL("etcd-3.4.23.wal", testdata)));
const recordTypes = { metadata: 1, entry: 2, state: 3, crc: 4, snapshot: 5 } as const;

function recordsOfType(type: number): Uint8Array[] {
  return records.map((bytes) => assertSameAgain(walpb.Record, bytes)).flatMap((r) => (r.type === type ? [r.data] : []));
}

test("WAL records of every type encode as Go wrote them", () => {
  const seen = new Set(records.map((bytes) => assertSameAgain(walpb.Record, bytes).type));
  assert.deepEqual([...seen].sort(), [1, 2, 3, 4, 5]);
});

test("WAL metadata, hard states and snapshot marks encode as Go wrote them", () => {
  for (const data of recordsOfType(recordTypes.metadata)) assert.ok(assertSameAgain(Metadata, data).clusterId > 0n);
  const states = recordsOfType(recordTypes.state).map((data) => assertSameAgain(raftpb.HardState, data));
  assert.ok(states.at(-1)!.commit > 30);
  for (const data of recordsOfType(recordTypes.snapshot)) assertSameAgain(walpb.Snapshot, data);
});

test("WAL entries and what they hold encode as Go wrote them", () => {
  const kinds = new Set<string>();
  for (const data of recordsOfType(recordTypes.entry)) {
    const entry = assertSameAgain(raftpb.Entry, data);
    if (entry.type === raftpb.EntryType.EntryConfChange) {
      kinds.add("confChange");
      assertSameAgain(raftpb.ConfChange, entry.data);
    } else if (entry.data.length > 0) kinds.add(sameNormalEntry(entry.data));
  }
  const expected = ["alarm", "authDisable", "authEnable", "authRoleAdd", "authRoleGrantPermission", "authUserAdd"];
  expected.push("authUserGrantRole", "authenticate", "compaction", "confChange", "deleteRange", "leaseGrant");
  expected.push("leaseRevoke", "put", "txn", "v2");
  assert.deepEqual([...kinds].sort(), expected.sort());
});

/** As a server replays it: what does not decode as InternalRaftRequest is a v2 request. */
function sameNormalEntry(data: Uint8Array): string {
  if (isV2(data)) {
    const { method, path } = assertSameAgain(Request, data);
    assert.match(`${method} ${path}`, /^[A-Z]+ \/[0-9]/);
    return "v2";
  }
  assertSameAgain(InternalRaftRequest, data);
  const { id, username, authRevision, field, raw } = peekInternalRequest(data);
  assert.ok(field !== undefined && id > 0n);
  assert.deepEqual(wrapInternalRequest({ headerId: id, username, authRevision, field, raw }), new Uint8Array(data));
  return field;
}

function isV2(data: Uint8Array): boolean {
  try {
    peekInternalRequest(data);
    return false;
  } catch (error) {
    assert.ok(error instanceof DecodeError);
    return true;
  }
}

test("a snapshot file encodes as Go wrote it", () => {
  const outer = assertSameAgain(snappb.Snapshot, readFileSync(new URL("etcd-3.4.23.snap", testdata)));
  const { metadata } = assertSameAgain(raftpb.Snapshot, outer.data);
  assert.deepEqual({ index: metadata.index, term: metadata.term }, { index: 31, term: 2 });
  assert.equal(metadata.confState.voters.length, 1);
});
