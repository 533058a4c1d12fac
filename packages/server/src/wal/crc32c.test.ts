import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { updateCrc32c } from "./crc32c.ts";

/** One bit at a time, by the definition. */
function naiveCrc32c(crc: number, bytes: Uint8Array): number {
  let c = ~crc;
  for (const byte of bytes) {
    c ^= byte;
    for (let bit = 0; bit < 8; bit++) c = c & 1 ? (c >>> 1) ^ 0x82f63b78 : c >>> 1;
  }
  return ~c >>> 0;
}

/** RFC 3720, appendix B.4. */
const vectors: readonly (readonly [string, Uint8Array, number])[] = [
  ["32 bytes of zeros", new Uint8Array(32), 0x8a9136aa],
  ["32 bytes of ones", new Uint8Array(32).fill(0xff), 0x62a8ab43],
  ["32 bytes counting up", Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
  ["32 bytes counting down", Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
];

for (const [name, bytes, expected] of vectors) {
  test(`updateCrc32c() of ${name}`, () => {
    assert.equal(updateCrc32c(0, bytes, 0, bytes.byteLength), expected);
  });
}

test("updateCrc32c() of any part of any bytes, continued from any checksum, is what the definition says", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 600 }),
      fc.nat(0xffff_ffff),
      fc.nat(600),
      fc.nat(600),
      (bytes, crc, one, other) => {
        const start = Math.min(one, other, bytes.byteLength);
        const end = Math.min(Math.max(one, other), bytes.byteLength);
        assert.equal(updateCrc32c(crc, bytes, start, end), naiveCrc32c(crc, bytes.subarray(start, end)));
      },
    ),
  );
});
