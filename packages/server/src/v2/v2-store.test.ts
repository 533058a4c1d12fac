import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Request } from "@etcd-ts/proto";
import { MemoryBackend } from "../testing/index.ts";
import { V2SnapshotError } from "./etcd-snapshot.ts";
import type { V2Event } from "./event.ts";
import { formatEvent, storedForm } from "./event-json.ts";
import { UnknownV2MethodError, V2Store } from "./v2-store.ts";
import type { V2Watcher, WatchOptions } from "./watch-hub.ts";

const second = 1_000_000_000n;

function open(): V2Store {
  return V2Store.open({ backend: new MemoryBackend() });
}

function put(store: V2Store, path: string, init: Partial<Request> = {}): V2Event {
  const { event } = store.apply(Request.create({ method: "PUT", path, val: "v", ...init }));
  assert.ok(event !== undefined);
  return event;
}

function watch(store: V2Store, path: string, options: Partial<WatchOptions> = {}): V2Watcher {
  const watcher = store.watch({ path, recursive: false, stream: false, sinceIndex: 0, rules: "3.4", ...options });
  assert.ok("next" in watcher);
  return watcher;
}

/** What a watcher has got so far, without waiting for more. */
async function taken(watcher: V2Watcher): Promise<string[]> {
  const keys: string[] = [];
  for (;;) {
    const event = await Promise.race([watcher.next(), Promise.resolve("none" as const)]);
    if (event === "none" || event === undefined) return keys;
    keys.push(`${event.action} ${event.node.key}`);
  }
}

test("a snapshot that etcd 3.4.23 wrote is read, and written again to the same bytes", () => {
  const data = readFileSync(new URL("../../src/v2/testdata/etcd-3.4.23-store.json", import.meta.url));
  const store = open();
  store.restoreSnapshot(data);
  assert.equal(new TextDecoder().decode(store.encodeSnapshot()), data.toString());
  assert.equal(store.index, 7);
});

/** A snapshot in whose history an event is missing. */
function withGap(): string {
  const other = open();
  for (const path of ["/1/a", "/1/b", "/1/c"]) put(other, path);
  const events = new TextDecoder().decode(other.encodeSnapshot());
  return events.replace('"modifiedIndex":2,"createdIndex":2', '"modifiedIndex":9,"createdIndex":2');
}

test("restoreSnapshot() refuses what is no snapshot and changes nothing", () => {
  const store = open();
  put(store, "/1/a");
  const bad = [
    "",
    "[]",
    "{}",
    '{"CurrentIndex":1}',
    '{"CurrentIndex":-1,"Root":{}}',
    '{"CurrentIndex":3,"Root":{"Path":"/"}}',
    withGap(),
  ];
  for (const text of bad) assert.throws(() => store.restoreSnapshot(new TextEncoder().encode(text)), V2SnapshotError);
  assert.equal(store.read({ path: "/1/a", recursive: false, sorted: false, nowMs: 0 }).event?.node.value, "v");
});

test("apply() refuses a method nobody knows", () => {
  assert.throws(() => open().apply(Request.create({ method: "PATCH", path: "/1/a" })), UnknownV2MethodError);
});

test("a watcher takes one event, a streaming one all, a closed one none", async () => {
  const store = open();
  const [one, all, closed] = [watch(store, "/1/a"), watch(store, "/1/a", { stream: true }), watch(store, "/1/a")];
  closed.close();
  put(store, "/1/a");
  put(store, "/1/a");
  assert.deepEqual(await taken(one), ["set /1/a"]);
  assert.deepEqual(await taken(all), ["set /1/a", "set /1/a"]);
  assert.deepEqual(await taken(closed), []);
  assert.equal(store.stats.watchers, 1);
  all.close();
  assert.equal(await all.next(), undefined);
  assert.equal(store.stats.watchers, 0);
});

test("a streaming watcher that falls 100 events behind is ended after those", async () => {
  const store = open();
  const slow = watch(store, "/1/a", { stream: true });
  for (let i = 0; i < 150; i++) put(store, "/1/a");
  assert.equal((await taken(slow)).length, 100);
  assert.equal(store.stats.watchers, 0);
});

test("a recursive watcher sees what is below, but nothing hidden there", async () => {
  const store = open();
  const recursive = watch(store, "/1/d", { recursive: true, stream: true });
  const direct = watch(store, "/1/d", { stream: true });
  for (const path of ["/1/d/a", "/1/d/_h", "/1/d/_h/x", "/1/dd", "/1/d/b/c"])
    put(store, path, { dir: path.endsWith("_h") });
  assert.deepEqual(await taken(recursive), ["set /1/d/a", "set /1/d/b/c"]);
  assert.deepEqual(await taken(direct), []);
});

test("removing a directory wakes those who watch what was in it", async () => {
  const store = open();
  put(store, "/1/d/a/b");
  const below = [watch(store, "/1/d/a/b"), watch(store, "/1/d/a"), watch(store, "/1/d/unborn")];
  store.apply(Request.create({ method: "DELETE", path: "/1/d", recursive: true }));
  assert.deepEqual(await Promise.all(below.map(taken)), [["delete /1/d"], ["delete /1/d"], []]);
});

test("a stream at the path that is removed gets the event twice, as etcd sends it", async () => {
  const store = open();
  put(store, "/1/a");
  const [stream, above] = [
    watch(store, "/1/a", { stream: true }),
    watch(store, "/1", { stream: true, recursive: true }),
  ];
  store.apply(Request.create({ method: "DELETE", path: "/1/a" }));
  assert.deepEqual(await taken(stream), ["delete /1/a", "delete /1/a"]);
  assert.deepEqual(await taken(above), ["delete /1/a"]);
});

test("a renewal keeps the value, moves the index and wakes nobody, now or later", async () => {
  const store = open();
  put(store, "/1/a", { val: "kept" });
  const waiting = watch(store, "/1/a");
  const renewed = put(store, "/1/a", { val: "", refresh: true, prevExist: true, expiration: 2_000_000_000n * second });
  assert.equal(renewed.node.value, "kept");
  assert.deepEqual(await taken(waiting), []);
  assert.deepEqual(await taken(watch(store, "/1/a", { sinceIndex: renewed.node.modifiedIndex })), []);
});

test("expiry happens through SYNC alone, in the order of time, with the remaining times of that moment", async () => {
  const store = open();
  const gone = watch(store, "/1", { recursive: true, stream: true });
  const time = 1_700_000_000n * second;
  put(store, "/1/b", { time, expiration: time + 2n * second });
  const { node } = put(store, "/1/a", { time, expiration: time + 5n * second + 1n });
  assert.equal(node.ttl, 6);
  assert.equal(store.hasTtlKeys, true);
  store.apply(Request.create({ method: "SYNC", time: time + 2n * second - 1n }));
  assert.equal(store.index, 2);
  store.apply(Request.create({ method: "SYNC", time: time + 9n * second }));
  assert.equal(store.index, 4);
  assert.equal(store.hasTtlKeys, false);
  assert.equal(store.stats.expireCount, 2);
  assert.deepEqual((await taken(gone)).slice(2), ["expire /1/b", "expire /1/a"]);
});

test("a watch in the past gives the first event that fits, and 401 once it is gone from the last 1000", async () => {
  const store = open();
  put(store, "/1/a");
  for (let i = 0; i < 998; i++) put(store, "/1/other");
  assert.deepEqual(await taken(watch(store, "/1/a", { sinceIndex: 1 })), ["set /1/a"]);
  put(store, "/1/other");
  put(store, "/1/other");
  const failure = store.watch({ path: "/1/a", recursive: false, stream: false, sinceIndex: 1, rules: "3.4" });
  assert.deepEqual(failure, { code: 401, cause: "the requested history has been cleared [2/1]", index: 1001 });
});

test("the history survives a restart, staged or not in one go", async () => {
  const backend = new MemoryBackend();
  const store = V2Store.open({ backend });
  for (let i = 0; i < 1500; i++) put(store, `/1/k${i}`);
  store.stage();
  await backend.commit();
  put(store, "/1/last");
  store.stage();
  await backend.commit();
  const reopened = V2Store.open({ backend });
  assert.deepEqual(await taken(watch(reopened, "/1/k700", { sinceIndex: 502 })), ["set /1/k700"]);
  assert.ok("code" in reopened.watch({ path: "/1", recursive: true, stream: false, sinceIndex: 501, rules: "3.4" }));
  assert.equal(put(reopened, "/1/next").node.modifiedIndex, 1502);
});

test("large events do not wait for the commit, small ones do", async () => {
  const backend = new MemoryBackend();
  const store = V2Store.open({ backend });
  const stagedBy = (val: string): number => {
    const before = backend.stagedBytes;
    put(store, "/1/a", { val });
    store.stage();
    return backend.stagedBytes - before;
  };
  stagedBy("");
  assert.ok(stagedBy("x".repeat(1000)) < 1500);
  assert.ok(stagedBy("x".repeat(2_000_000)) > 3_500_000);
  await backend.commit();
  assert.equal(V2Store.open({ backend }).index, store.index);
});

const generations = [
  { dialect: "0.2", posted: "/1/q/1", ttlStays: true, emptyUpdateKeeps: true },
  { dialect: "0.3", posted: "/1/q/1", ttlStays: true, emptyUpdateKeeps: false },
  { dialect: "0.4", posted: "/1/q/1", ttlStays: false, emptyUpdateKeeps: false },
  { dialect: undefined, posted: "/1/q/00000000000000000001", ttlStays: false, emptyUpdateKeeps: false },
];

for (const { dialect, posted, ttlStays, emptyUpdateKeeps } of generations) {
  test(`a request of ${dialect ?? "a later release"} changes the tree by its own rules`, () => {
    const store = open();
    assert.equal(put(store, "/1/q", { method: "POST", dialect }).node.key, posted);
    const expiration = 2_000_000_000n * second;
    put(store, "/1/a", { val: "one", expiration });
    assert.equal(put(store, "/1/a", { val: "two", prevExist: true, dialect }).node.expiration !== 0n, ttlStays);
    const emptied = put(store, "/1/a", { val: "", prevExist: true, dialect, expiration });
    assert.equal(emptied.node.value, emptyUpdateKeeps ? "two" : "");
    const now = store.read({ path: "/1/a", recursive: false, sorted: false, nowMs: 0 }).event!.node;
    assert.equal(now.modifiedIndex, emptyUpdateKeeps ? 3 : 4);
  });
}

test("events are written as Go writes them", () => {
  const store = open();
  const event = put(store, "/1/<é>", {
    val: 'a"b\n&\u2028',
    expiration: 1_700_000_001n * second + 500n,
    time: 1_700_000_000n * second,
  });
  const key = '"key":"/1/\\u003cé\\u003e","value":"a\\"b\\n\\u0026\\u2028"';
  const times = '"expiration":"2023-11-14T22:13:21.0000005Z","ttl":2';
  assert.equal(
    formatEvent(event, storedForm),
    `{"action":"set","node":{${key},${times},"modifiedIndex":1,"createdIndex":1}}`,
  );
});

test("one entry with a time far ahead spoils no remaining time that is told after it", () => {
  const store = open();
  const now = 1_700_000_000n * second;
  put(store, "/1/a", { time: now + 86_400n * second });
  const { node } = put(store, "/1/b", { time: now, expiration: now + 100n * second });
  assert.equal(node.ttl, 100);
});

test("endWatches() ends those who wait, at any path", async () => {
  const store = open();
  const watchers = [watch(store, "/1/a"), watch(store, "/", { recursive: true, stream: true })];
  const waiting = watchers.map((watcher) => watcher.next());
  store.endWatches();
  assert.deepEqual(await Promise.all(waiting), [undefined, undefined]);
  assert.equal(store.stats.watchers, 0);
});
