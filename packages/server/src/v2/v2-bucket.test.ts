import assert from "node:assert/strict";
import { test } from "node:test";
import { Request } from "@etcd-ts/proto";
import { buckets } from "../ports/index.ts";
import { MemoryBackend } from "../testing/index.ts";
import { loadV2Bucket, V2CorruptError } from "./v2-bucket.ts";
import { V2Store } from "./v2-store.ts";

const encoder = new TextEncoder();

function entries(backend: MemoryBackend): { key: Uint8Array; value: Uint8Array }[] {
  return backend.slice(buckets.v2, { start: new Uint8Array(0), limit: 100_000 });
}

test("a long and deep key writes little more than its own length", async () => {
  const backend = new MemoryBackend();
  const store = V2Store.open({ backend });
  const path = `/1${`/${"x".repeat(99)}`.repeat(900)}`;
  store.apply(Request.create({ method: "PUT", path, val: "v" }));
  await backend.commit();
  const bytes = entries(backend).reduce((sum, { value }) => sum + value.length, 0);
  assert.ok(bytes < 5 * path.length, `${bytes} bytes for a path of ${path.length}`);
  const read = { path, recursive: false, sorted: false, nowMs: 0 };
  assert.equal(V2Store.open({ backend }).read(read).event?.node.key, path);
});

test("a restored snapshot without history keeps its index when the store is opened again", async () => {
  const backend = new MemoryBackend();
  const store = V2Store.open({ backend });
  store.apply(Request.create({ method: "PUT", path: "/1/a", val: "v" }));
  const snapshot = JSON.parse(new TextDecoder().decode(store.encodeSnapshot())) as Record<string, unknown>;
  const queue = { Events: [], Size: 0, Front: 0, Back: 0, Capacity: 1000 };
  const hub = { EventHistory: { Queue: queue, StartIndex: 0, LastIndex: 0 } };
  store.restoreSnapshot(encoder.encode(JSON.stringify({ ...snapshot, WatcherHub: hub, CurrentIndex: 77 })));
  await backend.commit();
  const again = V2Store.open({ backend });
  assert.equal(again.index, 77);
  again.apply(Request.create({ method: "PUT", path: "/1/a", val: "w" }));
  again.stage();
  await backend.commit();
  assert.equal(V2Store.open({ backend }).index, 78);
});

const broken = [
  ["an expiration that is no number", '[1,"a",1,1,"soon",false,""]'],
  ["a directory that is not there", '[9,"a",1,1,"",false,""]'],
  ["an index that is none", '[1,"a",-1,1,"",false,""]'],
  ["no JSON", "["],
] as const;

for (const [name, record] of broken)
  test(`a stored node with ${name} is corrupt`, async () => {
    const backend = new MemoryBackend();
    V2Store.open({ backend });
    await backend.commit();
    const key = entries(backend).at(-1)!.key.slice();
    backend.put(buckets.v2, key, encoder.encode(record));
    assert.throws(() => loadV2Bucket(backend), V2CorruptError);
  });

test("many small changes do not wait for the commit for ever, and a node that changes often is written once", async () => {
  const backend = new MemoryBackend();
  const store = V2Store.open({ backend });
  const set = (path: string): void => {
    store.apply(Request.create({ method: "PUT", path, val: "v".repeat(100) }));
    store.stage();
  };
  for (let i = 0; i < 100; i++) set("/1/often");
  assert.equal(backend.stagedBytes, 0);
  for (let i = 0; i < 10_000; i++) set(`/1/${i}`);
  assert.ok(backend.stagedBytes > 1_000_000);
  await backend.commit();
  const often = entries(backend).filter(({ value }) => new TextDecoder().decode(value).includes('"often"'));
  assert.equal(often.length, 1);
  const stored = new Map(loadV2Bucket(backend)!.nodes.map((node) => [node.path, node]));
  assert.equal(stored.get("/1/often")?.modifiedIndex, 100);
  assert.equal(stored.size, 10_004);
});
