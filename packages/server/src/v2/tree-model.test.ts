import assert from "node:assert/strict";
import { test } from "node:test";
import { Request } from "@etcd-ts/proto";
import fc from "fast-check";
import { MemoryBackend } from "../testing/index.ts";
import { decodeV2Snapshot } from "./etcd-snapshot.ts";
import type { V2Result } from "./event.ts";
import type { NodeView } from "./node.ts";
import { type NaiveNode, type NaiveResult, NaiveTree } from "./testing/naive-tree.ts";
import { V2Store } from "./v2-store.ts";

const secondNs = 1_000_000_000n;
const startNs = 1_700_000_000n * secondNs;

const paths = ["/1", "/1/a", "/1/a/b", "/1/a/b/c", "/1/a//d/", "/1/_h", "/1/_h/x", "/1/é", "/1/e", "/", "/0/m", "/2/x"];
const values = ["", "one", "two", "<&>"];

const write = fc.record({
  method: fc.constantFrom("PUT", "PUT", "PUT", "POST", "DELETE"),
  path: fc.constantFrom(...paths),
  val: fc.constantFrom(...values),
  dir: fc.boolean(),
  recursive: fc.boolean(),
  prevExist: fc.constantFrom(undefined, undefined, true, false),
  prevValue: fc.constantFrom("", "", "one", "two"),
  prevIndex: fc.constantFrom(0, 0, 1, 2, 3, 5),
  expiration: fc
    .constantFrom(0n, 0n, 1n, 2n, 3n)
    .map((seconds) => (seconds === 0n ? 0n : startNs + seconds * secondNs)),
  refresh: fc.constantFrom(undefined, undefined, undefined, true),
});
const sync = fc.record({
  method: fc.constant("SYNC"),
  time: fc.constantFrom(1n, 2n, 3n).map((s) => startNs + s * secondNs),
});
const operations = fc.array(fc.oneof({ weight: 9, arbitrary: write }, { weight: 1, arbitrary: sync }), {
  maxLength: 40,
});

/** The outcome in the words of the model. */
function inModel(result: V2Result): unknown {
  if (result.failure !== undefined) return { code: result.failure.code, cause: result.failure.cause };
  const { action, node, prevNode } = result.event!;
  return {
    action,
    path: node.key,
    index: node.modifiedIndex,
    before: prevNode === undefined ? undefined : nodeOf(prevNode),
  };
}

function nodeOf(view: NodeView): NaiveNode {
  const { dir, value = "", createdIndex, modifiedIndex, expiration } = view;
  return { dir, value, created: createdIndex, modified: modifiedIndex, expiration };
}

/** Everything in the store, hidden nodes included: what its snapshot has, each as a read shows it. */
function contents(store: V2Store): Map<string, NaiveNode> {
  const found = new Map<string, NaiveNode>();
  for (const { path } of decodeV2Snapshot(store.encodeSnapshot()).nodes) {
    const { event } = store.read({ path, recursive: false, sorted: false, nowMs: 0 });
    assert.ok(event !== undefined, `${path} is in the snapshot only`);
    found.set(path, nodeOf(event.node));
  }
  return found;
}

/** The paths of the last events, which the history tells one by one. */
async function lastPaths(store: V2Store, count: number): Promise<string[]> {
  const found: string[] = [];
  for (let index = store.index - count + 1; index <= store.index; index++) {
    const watcher = store.watch({ path: "/", recursive: true, stream: false, sinceIndex: index, rules: "3.4" });
    assert.ok("next" in watcher);
    found.push((await watcher.next())?.node.key ?? "");
  }
  return found;
}

test("every sequence of operations has the outcomes and leaves the nodes the naive tree has", async () => {
  await fc.assert(
    fc.asyncProperty(operations, async (requests) => {
      const store = V2Store.open({ backend: new MemoryBackend() });
      const model = new NaiveTree();
      for (const init of requests) {
        const request = Request.create(init);
        if (request.method === "SYNC") {
          store.apply(request);
          const gone = model.expire(request.time);
          assert.deepEqual(await lastPaths(store, gone.length), gone);
        } else assert.deepEqual(inModel(store.apply(request)), model.apply(request) satisfies NaiveResult);
        assert.equal(store.index, model.index);
      }
      assert.deepEqual(contents(store), model.nodes);
    }),
    { numRuns: 400 },
  );
});

test("a store reopened from its bucket, and one restored from a snapshot, is the same store", async () => {
  await fc.assert(
    fc.asyncProperty(operations, operations, async (before, after) => {
      const backend = new MemoryBackend();
      const store = V2Store.open({ backend });
      for (const init of before) store.apply(Request.create(init));
      store.stage();
      await backend.commit();
      for (const init of after) store.apply(Request.create(init));
      store.stage();
      await backend.commit();
      const withoutStats = (one: V2Store): string =>
        new TextDecoder().decode(one.encodeSnapshot()).replace(/"Stats":\{[^}]*\}/, "");
      const reopened = V2Store.open({ backend });
      assert.equal(withoutStats(reopened), withoutStats(store));
      const otherBackend = new MemoryBackend();
      const other = V2Store.open({ backend: otherBackend });
      other.apply(Request.create({ method: "PUT", path: "/1/old", val: "x" }));
      other.restoreSnapshot(store.encodeSnapshot());
      other.stage();
      await otherBackend.commit();
      assert.equal(withoutStats(other), withoutStats(store));
      assert.equal(withoutStats(V2Store.open({ backend: otherBackend })), withoutStats(store));
    }),
    { numRuns: 150 },
  );
});
