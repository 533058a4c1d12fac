// Every message type: what is encoded decodes to the same, its size is as announced, and hostile bytes do no harm.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { DecodeError } from "./codec/index.ts";
import { messageTypes } from "./generated/index.ts";
import { arbitraryMessage } from "./testing/arbitrary-message.ts";
import { naiveEncode } from "./testing/naive-codec.ts";

const numRuns = 40;

for (const type of messageTypes) {
  test(`${type.typeName} decodes to what was encoded`, () => {
    fc.assert(
      fc.property(arbitraryMessage(type), (message) => {
        const bytes = type.encode(message);
        assert.equal(bytes.length, type.sizeOf(message));
        assert.deepEqual(type.decode(bytes), message);
      }),
      { numRuns },
    );
  });

  test(`${type.typeName} encodes as the naive encoder does, and decodes fields in any order`, () => {
    fc.assert(
      fc.property(
        arbitraryMessage(type),
        fc.shuffledSubarray([...type.fields], { minLength: type.fields.length }),
        (message, fields) => {
          assert.deepEqual([...type.encode(message)], naiveEncode(type, message));
          assert.deepEqual(type.decode(Uint8Array.from(naiveEncode(type, message, fields))), message);
        },
      ),
      { numRuns },
    );
  });

  test(`${type.typeName} encodes at an offset and nowhere else`, () => {
    fc.assert(
      fc.property(arbitraryMessage(type), fc.nat(20), (message, offset) => {
        const size = type.sizeOf(message);
        const buffer = new Uint8Array(offset + size + 3).fill(0xee);
        assert.equal(type.encodeInto(message, buffer, offset), offset + size);
        assert.deepEqual(buffer.subarray(offset, offset + size), type.encode(message));
        assert.ok(buffer.subarray(0, offset).every((byte) => byte === 0xee));
        assert.ok(buffer.subarray(offset + size).every((byte) => byte === 0xee));
      }),
      { numRuns: 10 },
    );
  });

  test(`${type.typeName} refuses or accepts damaged bytes, and does nothing else`, () => {
    fc.assert(
      fc.property(arbitraryMessage(type), fc.nat(), fc.nat(255), fc.nat(), (message, at, byte, cut) => {
        const bytes = type.encode(message);
        if (bytes.length > 0) bytes[at % bytes.length] = byte;
        decodeOrRefuse(type, bytes);
        decodeOrRefuse(type, bytes.subarray(0, cut % (bytes.length + 1)));
      }),
      { numRuns },
    );
  });

  test(`${type.typeName} refuses or accepts random bytes, and does nothing else`, () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => decodeOrRefuse(type, bytes)),
      { numRuns },
    );
  });
}

/** Whatever decodes must also encode. */
function decodeOrRefuse(type: (typeof messageTypes)[number], bytes: Uint8Array): void {
  let message: unknown;
  try {
    message = type.decode(bytes);
  } catch (error) {
    assert.ok(error instanceof DecodeError, String(error));
    return;
  }
  const again = type.encode(message);
  assert.deepEqual(type.encode(type.decode(again)), again);
}
