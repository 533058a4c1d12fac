/**
 * How a revision is written as a key of bucket "key", in etcd's form, so that the bucket sorts by revision and hashes equal
 * those of etcd:
 *
 *   | main, 8 bytes big endian | '_' | sub, 8 bytes big endian | 't' for a tombstone, else nothing |
 */
import { assert } from "../lib/assert.ts";

const UNDERSCORE = 0x5f;
const TOMBSTONE = 0x74;
const PLAIN_BYTES = 17;

/** A revision key taken apart. */
export interface RevisionKey {
  readonly main: number;
  readonly sub: number;
  readonly tombstone: boolean;
}

/** The key of a revision; a new array. */
export function encodeRevisionKey({ main, sub, tombstone }: RevisionKey): Uint8Array {
  const key = new Uint8Array(tombstone ? PLAIN_BYTES + 1 : PLAIN_BYTES);
  writeRevision(key, main, sub);
  if (tombstone) key[PLAIN_BYTES] = TOMBSTONE;
  return key;
}

/** Writes the 17 bytes without the mark into an existing array, for lookups that are over before the next. */
export function writeRevision(key: Uint8Array, main: number, sub: number): void {
  writeUint64(key, 0, main);
  key[8] = UNDERSCORE;
  writeUint64(key, 9, sub);
}

/** Takes a key of the bucket apart. */
export function decodeRevisionKey(key: Uint8Array): RevisionKey {
  assert(key.length === PLAIN_BYTES || key.length === PLAIN_BYTES + 1, "a key of bucket key is not a revision");
  return { main: readUint64(key, 0), sub: readUint64(key, 9), tombstone: key.length > PLAIN_BYTES };
}

/** Big endian, as numbers stand in bucket "meta" too. */
export function encodeUint64(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  writeUint64(bytes, 0, value);
  return bytes;
}

/** The counterpart of `encodeUint64`. */
export function decodeUint64(bytes: Uint8Array): number {
  assert(bytes.length === 8, "a stored number does not have eight bytes");
  return readUint64(bytes, 0);
}

function writeUint64(bytes: Uint8Array, offset: number, value: number): void {
  let high = Math.floor(value / 0x1_0000_0000);
  let low = value >>> 0;
  for (let i = 3; i >= 0; i--) {
    bytes[offset + i] = high & 0xff;
    bytes[offset + 4 + i] = low & 0xff;
    high >>>= 8;
    low >>>= 8;
  }
}

function readUint64(bytes: Uint8Array, offset: number): number {
  let value = 0;
  for (let i = 0; i < 8; i++) value = value * 256 + bytes[offset + i]!;
  assert(Number.isSafeInteger(value), "a stored number is beyond 2^53-1");
  return value;
}
