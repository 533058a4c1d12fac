// The bytes of a membership change inside a log entry: raftpb's ConfChange and ConfChangeV2.
//   ConfChange        id = 1 (written when set), type = 2, node_id = 3, context = 4 (written when not empty)
//   ConfChangeV2      transition = 1, changes = 2 (repeated), context = 3 (written when not empty)
//   ConfChangeSingle  type = 1, node_id = 2
// Fields may come in any order, unknown ones are skipped, absent ones are zero.

import { VarintReader, writeVarint } from "../codec/index.ts";
import { noBytes } from "../types.ts";
import type {
  ConfChange,
  ConfChangeSingle,
  ConfChangeTransition,
  ConfChangeType,
  ConfChangeV2,
} from "./conf-change.ts";

/** Encodes a version 1 change. */
export function encodeConfChange(change: ConfChange): Uint8Array {
  const out: number[] = [];
  if (change.id !== 0n) writeField(out, 1, change.id);
  writeField(out, 2, BigInt(change.type));
  writeField(out, 3, change.nodeId);
  writeContext(out, 4, change.context);
  return Uint8Array.from(out);
}

/** Encodes a version 2 change. */
export function encodeConfChangeV2(change: ConfChangeV2): Uint8Array {
  const out: number[] = [];
  writeField(out, 1, BigInt(change.transition));
  for (const { type, nodeId } of change.changes) {
    const single: number[] = [];
    writeField(single, 1, BigInt(type));
    writeField(single, 2, nodeId);
    writeContext(out, 2, single);
  }
  writeContext(out, 3, change.context);
  return Uint8Array.from(out);
}

/** Decodes a version 1 change, or returns undefined when the bytes are none. The context is a view into the input. */
export function decodeConfChange(bytes: Uint8Array): ConfChange | undefined {
  const change: ConfChange = { id: 0n, type: 0, nodeId: 0n, context: noBytes };
  const complete = readFields(bytes, (field, reader) => {
    if (field === 0x08) change.id = reader.varint();
    else if (field === 0x10) change.type = Number(reader.varint()) as ConfChangeType;
    else if (field === 0x18) change.nodeId = reader.varint();
    else if (field === 0x22) change.context = reader.bytes();
    else reader.skip(field & 7);
  });
  return complete && isKnownType(change.type) ? change : undefined;
}

/** Decodes a version 2 change, or returns undefined when the bytes are none. No bytes at all leave a joint configuration. */
export function decodeConfChangeV2(bytes: Uint8Array): ConfChangeV2 | undefined {
  const change: ConfChangeV2 = { transition: 0, changes: [], context: noBytes };
  const complete = readFields(bytes, (field, reader) => {
    if (field === 0x08) change.transition = Number(reader.varint()) as ConfChangeTransition;
    else if (field === 0x12) decodeSingle(reader, change.changes);
    else if (field === 0x1a) change.context = reader.bytes();
    else reader.skip(field & 7);
  });
  return complete && change.transition <= 2 ? change : undefined;
}

function decodeSingle(outer: VarintReader, changes: ConfChangeSingle[]): void {
  const single: ConfChangeSingle = { type: 0, nodeId: 0n };
  const complete = readFields(outer.bytes(), (field, reader) => {
    if (field === 0x08) single.type = Number(reader.varint()) as ConfChangeType;
    else if (field === 0x10) single.nodeId = reader.varint();
    else reader.skip(field & 7);
  });
  if (!complete || !isKnownType(single.type)) outer.failed = true;
  changes.push(single);
}

/** Hands every field's tag to `take`, which must consume the field. Returns false for malformed input. */
function readFields(bytes: Uint8Array, take: (field: number, reader: VarintReader) => void): boolean {
  const reader = new VarintReader(bytes);
  while (!reader.done) take(Number(reader.varint()), reader);
  return !reader.failed;
}

function writeField(out: number[], field: number, value: bigint): void {
  out.push(field << 3);
  writeVarint(out, value);
}

function writeContext(out: number[], field: number, bytes: ArrayLike<number>): void {
  if (bytes.length === 0) return;
  out.push((field << 3) | 2);
  writeVarint(out, BigInt(bytes.length));
  for (let i = 0; i < bytes.length; i++) out.push(bytes[i]!);
}

function isKnownType(type: number): boolean {
  return type >= 0 && type <= 3;
}
