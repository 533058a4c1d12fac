import assert from "node:assert/strict";
import { test } from "node:test";
import { Request } from "@etcd-ts/proto";
import { joined } from "../lib/bytes.ts";
import { buckets } from "../ports/index.ts";
import { MemoryBackend } from "../testing/index.ts";
import { storedKeysPieces, storedSnapshotPieces, type TreeView } from "./stored-tree.ts";
import { V2CorruptError } from "./v2-bucket.ts";
import { V2Store } from "./v2-store.ts";

interface Stored {
  readonly store: V2Store;
  readonly backend: MemoryBackend;
}

async function filled(requests: readonly Partial<Request>[]): Promise<Stored> {
  const backend = new MemoryBackend();
  const store = V2Store.open({ backend });
  for (const init of requests) store.apply(Request.create({ method: "PUT", val: "v", ...init }));
  store.stage();
  await backend.commit();
  return { store, backend };
}

function parsed(pieces: Iterable<Uint8Array>): Record<string, unknown> {
  return JSON.parse(new TextDecoder().decode(joined([...pieces]))) as Record<string, unknown>;
}

test("what is read from the store is what the tree in memory would write", async () => {
  const expiration = 2_000_000_000_000_000_000n;
  const requests = [
    { path: "/1/a/b", val: "<&>\u2028" },
    { path: "/1/a/c", expiration },
    { path: "/1/é/_hidden", dir: true, val: "" },
    { path: "/1/a/c", method: "DELETE" },
    { path: "/1/q", method: "POST" },
    { path: "/1/a/b", val: "", refresh: true, prevExist: true, expiration },
  ];
  const { store, backend } = await filled(requests);
  const wanted = JSON.parse(new TextDecoder().decode(store.encodeSnapshot())) as unknown;
  assert.deepEqual(parsed(storedSnapshotPieces(backend.view(), store.stats)), wanted);
});

test("what changes while a view is read is no part of the snapshot", async () => {
  const { store, backend } = await filled([{ path: "/1/a" }, { path: "/1/b" }]);
  const pieces = storedSnapshotPieces(backend.view());
  store.apply(Request.create({ method: "DELETE", path: "/1/b" }));
  store.stage();
  await backend.commit();
  const { Root: root, CurrentIndex: index } = parsed(pieces) as { Root: { Children: object }; CurrentIndex: number };
  assert.match(JSON.stringify(root), /"Path":"\/1\/b"/);
  assert.equal(index, 2);
});

test("0.4's form has the keys of clients alone, without the namespace", async () => {
  const { backend } = await filled([{ path: "/1/a/b" }, { path: "/0/members/1" }]);
  const { Root: root, WatcherHub: hub } = parsed(storedKeysPieces(backend.view()));
  const text = JSON.stringify(root);
  assert.match(text, /^\{"Path":"\/".*"Path":"\/a\/b"/);
  assert.doesNotMatch(text, /members/);
  assert.match(JSON.stringify(hub), /"key":"\/a\/b"/);
});

for (const [version, isThere] of [
  ["3.4.0", true],
  ["3.7.0", false],
] as const)
  test(`a cluster's version ${version} is ${isThere ? "kept" : "left out, for etcd 3.4 would not start from it"}`, async () => {
    const { backend } = await filled([
      { path: "/0/version", val: version },
      { path: "/1/version", val: version },
    ]);
    const text = JSON.stringify(parsed(storedSnapshotPieces(backend.view()))["Root"]);
    assert.equal(text.includes('"/0/version"'), isThere);
    assert.ok(text.includes('"/1/version"'));
  });

test("the deepest tree there can be is written and read again without recursion", async () => {
  const path = `/1${"/x".repeat(998)}`;
  const { store, backend } = await filled([{ path }]);
  const other = V2Store.open({ backend: new MemoryBackend() });
  other.restoreSnapshot(joined([...storedSnapshotPieces(backend.view())]));
  assert.equal(other.read({ path, recursive: false, sorted: false, nowMs: 0 }).event?.node.value, "v");
  assert.equal(other.index, store.index);
});

test("a large tree is read in small steps: no step reads more than a few hundred records or a piece of text", async () => {
  const requests = Array.from({ length: 5_000 }, (_, i) => ({ path: `/1/d${i % 7}/${i}`, val: "x".repeat(100) }));
  const { backend } = await filled(requests);
  const view = backend.view();
  let reads = 0;
  const counted: TreeView = {
    get: (bucket, key) => {
      reads++;
      return view.get(bucket, key);
    },
    slice: (bucket, range) => {
      const entries = view.slice(bucket, range);
      reads += entries.length;
      return entries;
    },
  };
  let readsMax = 0;
  let piecesMax = 0;
  for (const piece of storedSnapshotPieces(counted)) {
    readsMax = Math.max(readsMax, reads);
    piecesMax = Math.max(piecesMax, piece.length);
    reads = 0;
  }
  assert.ok(readsMax <= 250, `${readsMax} records in a step`);
  assert.ok(piecesMax > 100_000 && piecesMax < 200_000, `a piece of ${piecesMax} bytes`);
});

test("a store that lacks a directory is corrupt", async () => {
  const { backend } = await filled([{ path: "/1/a/b" }]);
  const view = backend.view();
  const lacking: TreeView = {
    get: (bucket, key) => view.get(bucket, key),
    slice: (_, range) =>
      view.slice(buckets.v2, range).filter(({ value }) => !new TextDecoder().decode(value).includes('"a"')),
  };
  assert.throws(() => [...storedSnapshotPieces(lacking)], V2CorruptError);
});
