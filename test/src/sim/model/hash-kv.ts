/**
 * HashKV computed from the model: CRC32C over the name of the bucket and every stored change up to a revision, as etcd
 * stores them; of what lies at or below the compacted revision only what a reader at the hashed revision still sees, or, when
 * that reader sees no key at all, what a reader at the compacted revision does.
 */
import { KeyValue } from "@etcd-ts/proto";
import { bytesOf } from "../build-request.ts";
import type { Kv, SeenEvent } from "../history.ts";
import type { KeyModel } from "./key-model.ts";

/** The hash of the model. */
export function hashKvOf(model: KeyModel, { revision, compacted }: { revision: number; compacted: number }): number {
  const atRevision = model.at(revision);
  const visible = atRevision.size === 0 ? model.at(compacted) : atRevision;
  let crc = crc32c(bytesOf("key"), 0);
  for (let main = 2; main <= revision; main++) {
    const events = model.events(main);
    for (const [sub, event] of events.entries()) {
      const isVisible = visible.get(event.key)?.modRevision === main && event.kv !== undefined;
      if (main > compacted || isVisible) crc = crc32c(recordOf({ main, sub, event }), crc);
    }
  }
  return crc;
}

/** What etcd stores of an event; it is hashed many times. */
const records = new WeakMap<SeenEvent, Uint8Array>();

function recordOf(at: { main: number; sub: number; event: SeenEvent }): Uint8Array {
  let record = records.get(at.event);
  if (record === undefined) {
    record = encodeRecord(at);
    records.set(at.event, record);
  }
  return record;
}

function encodeRecord({ main, sub, event }: { main: number; sub: number; event: SeenEvent }): Uint8Array {
  const key = new Uint8Array(event.kv === undefined ? 18 : 17);
  const view = new DataView(key.buffer);
  view.setBigUint64(0, BigInt(main));
  key[8] = "_".charCodeAt(0);
  view.setBigUint64(9, BigInt(sub));
  if (event.kv === undefined) key[17] = "t".charCodeAt(0);
  const value = KeyValue.encode(
    event.kv === undefined ? KeyValue.create({ key: bytesOf(event.key) }) : keyValueOf(event.kv),
  );
  const record = new Uint8Array(key.length + value.length);
  record.set(key);
  record.set(value, key.length);
  return record;
}

function keyValueOf({ key, value, ...numbers }: Kv): KeyValue {
  return KeyValue.create({ key: bytesOf(key), value: bytesOf(value), ...numbers });
}

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc;
});

function crc32c(bytes: Uint8Array, before: number): number {
  let crc = ~before;
  for (const byte of bytes) crc = table[(crc ^ byte) & 255]! ^ (crc >>> 8);
  return ~crc >>> 0;
}
