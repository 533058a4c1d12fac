import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { compareBytes } from "../../lib/bytes.ts";
import type { KeyState } from "./leaf.ts";
import { RestoreBatch } from "./restore-batch.ts";

const stateAt = (main: number): KeyState => ({
  createRevision: main,
  modRevision: main,
  sub: 0,
  version: 1,
  dead: false,
  leased: false,
});

function drained(batch: RestoreBatch): { key: Uint8Array; main: number }[] {
  const found: { key: Uint8Array; main: number }[] = [];
  batch.drain((key, { modRevision }) => found.push({ key: key.slice(), main: modRevision }));
  return found;
}

test("RestoreBatch hands on changes by key and then by revision, whatever the keys share", () => {
  const letters = fc.constantFrom(0, 97, 98, 255);
  const key = fc.tuple(
    fc.constantFrom("", "a", "/registry/pods/"),
    fc.uint8Array({ maxLength: 7 }),
    fc.array(letters, { maxLength: 6 }),
  );
  const bytesOf = ([prefix, middle, end]: [string, Uint8Array, number[]]) =>
    Uint8Array.from([...prefix].map((c) => c.charCodeAt(0)).concat(...(end.length > 3 ? middle : []), end));
  const batch = new RestoreBatch();
  fc.assert(
    fc.property(fc.array(key.map(bytesOf), { maxLength: 200, size: "max" }), (keys) => {
      for (const [main, key] of keys.entries()) batch.add(key, stateAt(main));
      const expected = keys
        .map((key, main) => ({ key, main }))
        .sort((a, b) => compareBytes(a.key, b.key) || a.main - b.main);
      assert.deepEqual(drained(batch), expected);
      assert.equal(batch.count, 0);
    }),
  );
});

test("RestoreBatch is full by its changes or by the bytes of their keys", () => {
  const batch = new RestoreBatch();
  const key = new Uint8Array(1024 * 1024);
  for (let n = 0; n < 15; n++) batch.add(key, stateAt(n));
  assert.equal(batch.full, false);
  batch.add(key, stateAt(15));
  assert.equal(batch.full, true);
  assert.equal(drained(batch).length, 16);
  for (let n = 0; !batch.full; n++) batch.add(Uint8Array.of(n & 255), stateAt(n));
  assert.equal(batch.count, 131_072);
});
