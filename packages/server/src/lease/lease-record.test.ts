import assert from "node:assert/strict";
import { test } from "node:test";
import { DecodeError } from "@etcd-ts/proto";
import fc from "fast-check";
import { decodeLeaseRecord, encodeLeaseRecord, leaseKey } from "./lease-record.ts";

test("a lease record has etcd's bytes", () => {
  const bytes = encodeLeaseRecord({ id: 1001n, ttl: 60, remainingTtl: 0 });
  assert.deepEqual([...bytes], [0x08, 0xe9, 0x07, 0x10, 60]);
  const negative = encodeLeaseRecord({ id: -7n, ttl: 300, remainingTtl: 5 });
  assert.deepEqual([...negative], [8, 0xf9, 255, 255, 255, 255, 255, 255, 255, 255, 1, 16, 0xac, 2, 24, 5]);
});

test("a lease key is the id in 8 bytes, big endian", () => {
  assert.deepEqual([...leaseKey(258n)], [0, 0, 0, 0, 0, 0, 1, 2]);
  assert.deepEqual([...leaseKey(-1n)], [255, 255, 255, 255, 255, 255, 255, 255]);
});

test("decodeLeaseRecord() gives back what was encoded", () => {
  const record = fc.record({
    id: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    ttl: fc.nat(9_000_000_000),
    remainingTtl: fc.nat(9_000_000_000),
  });
  fc.assert(fc.property(record, (each) => assert.deepEqual(decodeLeaseRecord(encodeLeaseRecord(each)), { ...each })));
});

test("decodeLeaseRecord() refuses what is cut off or of another type", () => {
  for (const bytes of [[8], [8, 128], [10, 1, 65]]) {
    assert.throws(() => decodeLeaseRecord(Uint8Array.from(bytes)), DecodeError);
  }
});
