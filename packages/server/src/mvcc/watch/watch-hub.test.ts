import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { WatchFixture } from "./testing/watch-fixture.ts";

describe("watch requests", () => {
  test("a watch is answered with the current revision, then gets each change of its key", () => {
    const store = new WatchFixture();
    store.write("a=0");
    const client = store.client();
    client.create("a");
    store.write("a=1");
    store.write("b=1");
    store.write("-a");
    store.write("-a");
    store.write("a=3");
    assert.deepEqual(client.seen(), [
      { rev: 2, created: true },
      { rev: 3, events: ["3:a=1"] },
      { rev: 5, events: ["5:-a"] },
      { rev: 6, events: ["6:a=3"] },
    ]);
  });

  test("ids count from 0, skip ids in use and never come back; a client may choose its own", () => {
    const store = new WatchFixture();
    const client = store.client();
    for (const watchId of [0, 0, 7, 7, 2, 0, 0, 1, -5]) client.create("a", { watchId });
    const duplicate = {
      rev: 1,
      watchId: -1,
      created: true,
      canceled: true,
      cancelReason: "mvcc: duplicate watch ID provided on the WatchStream",
    };
    const created = (watchId: number): object => ({ rev: 1, watchId, created: true });
    assert.deepEqual(client.seen(), [
      { rev: 1, created: true },
      created(1),
      created(7),
      duplicate,
      created(2),
      created(3),
      created(4),
      duplicate,
      created(-5),
    ]);
    client.stream.cancel(7);
    client.stream.cancel(4);
    client.create("a", { watchId: 7 });
    client.create("a");
    store.write("a=1");
    assert.deepEqual(client.seen().slice(0, 4), [
      { rev: 1, watchId: 7, canceled: true },
      { rev: 1, watchId: 4, canceled: true },
      created(7),
      created(5),
    ]);
  });

  test("a cancelled watch gets nothing more; cancelling it again or an unknown one is not answered", () => {
    const store = new WatchFixture();
    const client = store.client();
    client.create("a");
    store.announce("a=1");
    client.stream.cancel(0);
    store.hub.flush();
    store.write("a=2");
    client.stream.cancel(0);
    client.stream.cancel(55);
    assert.deepEqual(client.seen(), [
      { rev: 1, created: true },
      { rev: 2, canceled: true },
    ]);
  });

  test("an empty key is the key of one zero byte, an end of one zero byte no end, an inverted interval refused", () => {
    const store = new WatchFixture();
    const client = store.client();
    client.create("");
    client.create("", { rangeEnd: "\0" });
    client.create("b", { rangeEnd: "a" });
    client.create("b", { rangeEnd: "b" });
    client.create("b", { rangeEnd: "c" });
    const refused = {
      rev: 1,
      watchId: -1,
      created: true,
      canceled: true,
      cancelReason: "mvcc: watcher range is empty",
    };
    assert.deepEqual(client.seen().slice(2), [refused, refused, { rev: 1, watchId: 2, created: true }]);
    store.write("a=1");
    store.write("\0=zero");
    assert.deepEqual(client.seen(), [
      { rev: 2, watchId: 1, events: ["2:a=1"] },
      { rev: 3, events: ["3:\0=zero"] },
      { rev: 3, watchId: 1, events: ["3:\0=zero"] },
    ]);
  });

  test("a negative start revision is refused, as is one watch too many", () => {
    const store = new WatchFixture({ watchersPerStreamMax: 1 });
    const client = store.client();
    client.create("a", { startRevision: -1 });
    client.create("a");
    client.create("a");
    client.stream.refuse("rpc error: code = PermissionDenied desc = etcdserver: permission denied");
    const refused = { rev: 1, watchId: -1, created: true, canceled: true };
    assert.deepEqual(client.seen(), [
      { ...refused, cancelReason: "etcdserver: mvcc: required revision has been compacted" },
      { rev: 1, created: true },
      { ...refused, cancelReason: "mvcc: too many watchers on the WatchStream" },
      { ...refused, cancelReason: "rpc error: code = PermissionDenied desc = etcdserver: permission denied" },
    ]);
  });

  test("a closed stream answers nothing and leaves nothing behind", () => {
    const store = new WatchFixture();
    const client = store.client();
    client.create("a", { progressNotify: true });
    client.create("a", { startRevision: 1 });
    store.announce("a=1");
    client.take();
    client.stream.close();
    client.stream.close();
    store.hub.flush();
    client.create("a");
    client.stream.progress();
    client.stream.writable();
    store.clock.advance(3_600_000);
    assert.deepEqual(client.seen(), []);
    assert.equal(store.metrics.value("etcd_debugging_mvcc_watcher_total"), 0);
    assert.equal(store.metrics.value("etcd_debugging_mvcc_watch_stream_total"), 0);
    assert.equal(store.metrics.value("etcd_debugging_mvcc_pending_events_total"), 0);
    assert.equal(store.clock.pendingTimers, 0);
  });
});

describe("events", () => {
  test("the events of a revision come together, in the order of the operations", () => {
    const store = new WatchFixture();
    store.write("t/d=0");
    const client = store.client();
    client.create("t/", { rangeEnd: "t0", prevKv: true });
    client.create("t/b");
    store.write("t/c=1", "t/a=1", "-t/d", "t/b=1", "other=1");
    assert.deepEqual(client.seen().slice(2), [
      { rev: 3, events: ["3:t/c=1", "3:t/a=1", "3:-t/d<0", "3:t/b=1"] },
      { rev: 3, watchId: 1, events: ["3:t/b=1"] },
    ]);
  });

  test("revisions flushed together come in order, and the header says how far the answer goes", () => {
    const store = new WatchFixture();
    const client = store.client({ framed: false });
    client.create("a");
    client.take();
    store.announce("a=1");
    store.announce("a=2");
    store.announce("b=1");
    store.term = 3;
    store.hub.flush();
    const [message] = client.take();
    assert.equal(message?.header?.revision, 3);
    assert.equal(message?.header?.raftTerm, 3);
    assert.deepEqual(
      message?.events.map((event) => event.kv?.modRevision),
      [2, 3],
    );
  });

  test("filters leave out puts or deletions, live and in the past", () => {
    const store = new WatchFixture();
    const [early, late] = [store.client(), store.client()];
    for (const filters of [[0], [1], [0, 1], [0, 0], [9]]) early.create("f", { filters });
    for (const change of ["f=1", "-f", "f=2"]) store.write(change);
    for (const filters of [[0], [1], [0, 1]]) late.create("f", { filters, startRevision: 2 });
    store.clock.advance(10);
    assert.deepEqual(early.seen().slice(5), [
      { rev: 2, watchId: 1, events: ["2:f=1"] },
      { rev: 2, watchId: 4, events: ["2:f=1"] },
      { rev: 3, events: ["3:-f"] },
      { rev: 3, watchId: 3, events: ["3:-f"] },
      { rev: 3, watchId: 4, events: ["3:-f"] },
      { rev: 4, watchId: 1, events: ["4:f=2"] },
      { rev: 4, watchId: 4, events: ["4:f=2"] },
    ]);
    assert.deepEqual(late.seen().slice(3), [
      { rev: 4, watchId: 1, events: ["2:f=1", "4:f=2"] },
      { rev: 3, events: ["3:-f"] },
    ]);
  });

  test("the previous value is missing of a created key, and where it was compacted", () => {
    const store = new WatchFixture();
    for (const change of ["a=1", "a=2", "a=3", "-a", "a=5"]) store.write(change);
    store.history.compact(3);
    const client = store.client();
    client.create("a", { startRevision: 3, prevKv: true });
    store.clock.advance(10);
    assert.deepEqual(client.seen().slice(1), [{ rev: 6, events: ["3:a=2", "4:a=3<2", "5:-a<3", "6:a=5"] }]);
  });

  test("the previous value is looked up when the event happens, not when it leaves", () => {
    const store = new WatchFixture();
    store.write("a=1");
    const client = store.client();
    client.create("a", { prevKv: true });
    client.room = 0;
    store.write("a=2");
    store.write("a=3");
    store.history.compact(4);
    client.resume(10);
    assert.deepEqual(client.seen().slice(1), [
      { rev: 3, events: ["3:a=2<1"] },
      { rev: 4, events: ["4:a=3<2"] },
    ]);
  });

  test("a large revision is cut into fragments for who asked for them, and for nobody else", () => {
    const store = new WatchFixture({ maxRequestBytes: 1.5 * 1024 * 1024 });
    const large = "x".repeat(700_000);
    for (const key of ["g/1", "g/2", "g/3"]) store.write(`${key}=${large}`);
    store.write("g/4=s");
    const client = store.client();
    client.create("g/", { rangeEnd: "g0", prevKv: true, fragment: true });
    client.create("g/", { rangeEnd: "g0", prevKv: true });
    client.take();
    store.write("-g/1", "-g/2", "-g/3", "-g/4");
    const pieces = client.take().map((message) => [message.watchId, message.fragment, message.events.length]);
    assert.deepEqual(pieces, [
      [0, true, 2],
      [0, false, 2],
      [1, false, 4],
    ]);
  });
});

describe("the past and the future", () => {
  test("a watch from the past catches up, then goes on live without a gap or a duplicate", () => {
    const store = new WatchFixture({ sliceEvents: 1 });
    for (const change of ["a=1", "b=1", "a=2", "-a", "a=3", "c=1"]) store.write(change);
    const client = store.client();
    client.create("a", { startRevision: 4 });
    store.write("a=4");
    assert.deepEqual(client.seen(), [{ rev: 7, created: true }]);
    store.clock.advance(10);
    store.write("a=5");
    const events = client.take().flatMap((message) => message.events.map((event) => event.kv?.modRevision));
    assert.deepEqual(events, [4, 5, 6, 8, 9]);
  });

  test("a watch on a future revision delivers nothing older, and no periodic progress before it", () => {
    const store = new WatchFixture({ progressIntervalMs: 1000 });
    const client = store.client();
    client.create("a", { startRevision: 4, progressNotify: true });
    store.write("a=2");
    client.stream.progress();
    store.clock.advance(1000);
    assert.deepEqual(client.seen(), [
      { rev: 1, created: true },
      { rev: 2, watchId: -1 },
    ]);
    store.write("a=3");
    client.stream.progress();
    store.write("a=4");
    assert.deepEqual(client.seen(), [
      { rev: 3, watchId: -1 },
      { rev: 4, events: ["4:a=4"] },
    ]);
  });

  test("a start below the compacted revision is created, then cancelled; its id stays taken until cancelled", () => {
    const store = new WatchFixture();
    for (const change of ["a=1", "a=2", "a=3", "a=4"]) store.write(change);
    store.history.compact(4);
    const client = store.client();
    client.create("b");
    client.create("a", { startRevision: 2 });
    client.create("a", { watchId: 1 });
    store.write("b=1");
    client.stream.cancel(1);
    client.stream.cancel(1);
    const [, created, ended, duplicate, event, cancelled, ...rest] = client.seen();
    assert.deepEqual(created, { rev: 5, watchId: 1, created: true });
    assert.deepEqual(ended, { rev: 0, watchId: 1, canceled: true, compactRevision: 4 });
    assert.equal("cancelReason" in duplicate!, true);
    assert.deepEqual(event, { rev: 6, events: ["6:b=1"] });
    assert.deepEqual(cancelled, { rev: 6, watchId: 1, canceled: true });
    assert.deepEqual(rest, []);
  });

  test("the compacted revision itself can be watched, a deletion in it included", () => {
    const store = new WatchFixture();
    for (const change of ["a=1", "-a", "b=1"]) store.write(change);
    store.history.compact(3);
    const client = store.client();
    client.create("a", { startRevision: 3 });
    store.clock.advance(10);
    assert.deepEqual(client.seen(), [
      { rev: 4, created: true },
      { rev: 3, events: ["3:-a"] },
    ]);
  });

  test("compaction does not disturb a watch that is up to date", () => {
    const store = new WatchFixture();
    const client = store.client();
    client.create("a", { prevKv: true });
    store.write("a=1");
    store.history.compact(2);
    store.write("a=2");
    assert.deepEqual(client.seen().slice(1), [
      { rev: 2, events: ["2:a=1"] },
      { rev: 3, events: ["3:a=2<1"] },
    ]);
  });

  test("after a snapshot everybody goes on where they were, or hears that it is compacted", () => {
    const store = new WatchFixture();
    const [client, slow] = [store.client(), store.client()];
    client.create("a");
    client.create("a", { startRevision: 9 });
    slow.create("b");
    store.announce("a=1");
    store.history.write([{ type: 0, key: "a", value: "2" }]);
    store.history.write([{ type: 0, key: "b", value: "3" }]);
    slow.room = 0;
    store.hub.restored();
    store.clock.advance(10);
    store.write("a=4");
    assert.deepEqual(client.seen().slice(2), [
      { rev: 3, events: ["2:a=1", "3:a=2"] },
      { rev: 5, events: ["5:a=4"] },
    ]);
    assert.equal(store.hub.revision, 5);
  });
});
