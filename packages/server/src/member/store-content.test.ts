import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { buckets } from "../ports/index.ts";
import { MemoryBackend } from "../testing/index.ts";
import { decodeContent, encodeContent, StoreContentError } from "./store-content.ts";

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

async function contentOf(pairs: ReadonlyMap<string, Uint8Array>): Promise<Uint8Array> {
  const backend = new MemoryBackend();
  for (const [key, value] of pairs) backend.put(buckets.key, new TextEncoder().encode(key), value);
  backend.put(buckets.meta, Uint8Array.of(1), Uint8Array.of(2));
  await backend.commit();
  return Buffer.concat(await collect(encodeContent(backend.view())));
}

test("a store's content survives any cut of the bytes", async () => {
  const value = fc.uint8Array({ maxLength: 60 });
  const pairs = fc.array(fc.tuple(fc.string({ minLength: 1, maxLength: 20, unit: "grapheme-ascii" }), value));
  await fc.assert(
    fc.asyncProperty(pairs, fc.integer({ min: 1, max: 50 }), async (list, size) => {
      const wanted = new Map(list);
      const found = await collect(decodeContent(inPieces(await contentOf(wanted), size)));
      const keys = found.filter(({ bucket }) => bucket === buckets.key);
      assert.deepEqual(new Map(keys.map(({ key, value }) => [new TextDecoder().decode(key), value])), wanted);
      assert.equal(found.length, wanted.size + 1);
    }),
    { numRuns: 40 },
  );
});

test("content that is cut off, changed or followed by more is refused", async () => {
  const whole = await contentOf(new Map([["a", new Uint8Array(100)]]));
  for (let length = 0; length < whole.length; length++) {
    await assert.rejects(collect(decodeContent(inPieces(whole.subarray(0, length), 7))), StoreContentError);
  }
  const changed = whole.slice();
  changed[40]! ^= 1;
  await assert.rejects(collect(decodeContent(inPieces(changed, 7))), StoreContentError);
  await assert.rejects(collect(decodeContent(inPieces(Buffer.concat([whole, whole]), 7))), StoreContentError);
});
