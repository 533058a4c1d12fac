import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { WatchClient } from "./testing/watch-fixture.ts";
import { WatchFixture } from "./testing/watch-fixture.ts";

function revisions(client: WatchClient, watchId = 0): number[] {
  const messages = client.take().filter((message) => message.watchId === watchId);
  return messages.flatMap((message) => message.events.map((event) => event.kv!.modRevision));
}

const upTo = (last: number): number[] => Array.from({ length: last - 1 }, (_, i) => i + 2);

describe("slow watchers", () => {
  test("a few events wait for a paused client, without the history being read", () => {
    const store = new WatchFixture();
    const client = store.client();
    client.create("a");
    client.room = 0;
    for (let i = 0; i < 100; i++) store.write(`a=${i}`);
    assert.equal(store.metrics.value("etcd_debugging_mvcc_pending_events_total"), 99);
    client.resume(1000);
    assert.deepEqual(revisions(client), upTo(101));
    assert.equal(store.history.reads, 0);
    assert.equal(store.metrics.value("etcd_debugging_mvcc_events_total"), 100);
  });

  test("past the bound of a watcher or a stream it falls behind, and catches up when the client takes again", () => {
    for (const bound of [{ pendingPerWatcherMax: 10 }, { pendingPerStreamMax: 10 }]) {
      const store = new WatchFixture(bound);
      const client = store.client();
      client.create("a");
      client.create("b");
      client.room = 0;
      for (let i = 0; i < 50; i++) store.write(`a=${i}`, `b=${i}`);
      assert.ok(store.metrics.value("etcd_debugging_mvcc_pending_events_total")! <= 20);
      assert.ok(store.metrics.value("etcd_debugging_mvcc_slow_watcher_total")! >= 1);
      client.resume(1000);
      store.clock.advance(10);
      store.write("a=last");
      const messages = client.take();
      for (const [watchId, last] of [
        [0, 52],
        [1, 51],
      ]) {
        const own = messages.filter((message) => message.watchId === watchId);
        assert.deepEqual(
          own.flatMap((message) => message.events.map((event) => event.kv!.modRevision)),
          upTo(last!),
        );
      }
      assert.equal(store.metrics.value("etcd_debugging_mvcc_slow_watcher_total"), 0);
    }
  });

  test("one that falls behind a compaction is told so", () => {
    const store = new WatchFixture({ pendingPerWatcherMax: 2 });
    const client = store.client();
    client.create("a");
    client.room = 0;
    for (let i = 0; i < 10; i++) store.write(`a=${i}`);
    store.history.compact(8);
    client.take();
    client.resume(10);
    store.clock.advance(10);
    store.write("a=more");
    assert.deepEqual(client.seen(), [{ rev: 0, canceled: true, compactRevision: 8 }]);
  });

  test("events that no longer fit in memory are read again", () => {
    const store = new WatchFixture();
    const client = store.client();
    client.create("a");
    client.room = 0;
    const large = "x".repeat(1_000_000);
    for (let i = 0; i < 30; i++) store.write(`a=${large}`);
    client.resume(1000);
    store.clock.advance(10);
    assert.deepEqual(revisions(client), upTo(31));
    assert.ok(store.history.reads > 0);
  });
});

describe("catching up", () => {
  test("watchers that resume together share the reading of the past", () => {
    const store = new WatchFixture({ sliceEvents: 100 });
    for (let i = 0; i < 1000; i++) store.write(`a=${i}`);
    const client = store.client();
    for (let i = 0; i < 800; i++) client.create("a", { startRevision: 2 });
    store.clock.advance(100);
    assert.ok(store.history.reads <= 12, `${store.history.reads} readings`);
    const messages = client.take();
    for (const watchId of [0, 799]) {
      const own = messages.filter((message) => message.watchId === watchId);
      assert.equal(own.flatMap((message) => message.events).length, 1000);
    }
  });

  test("a watcher far behind does not keep others from the little they miss", () => {
    const store = new WatchFixture({ sliceEvents: 1 });
    for (let i = 0; i < 1000; i++) store.write(`a=${i}`);
    const [far, near] = [store.client(), store.client()];
    far.create("a", { startRevision: 2 });
    near.create("a", { startRevision: 1000 });
    const before = store.history.reads;
    let reads = 0;
    for (; near.take().every((message) => message.events.length === 0); reads++) store.clock.advance(0);
    assert.ok(reads <= 2);
    assert.ok(store.history.reads - before < 10_000);
  });

  test("a client that takes one message at a time gets everything, in order and once", () => {
    const store = new WatchFixture({ sliceEvents: 7, pendingPerWatcherMax: 3 });
    const client = store.client({ framed: false });
    client.create("a");
    client.create("a", { startRevision: 2 });
    client.create("", { rangeEnd: "\0" });
    const seen: number[][] = [[], [], []];
    for (let i = 0; i < 300; i++) {
      store.write(`a=${i}`, `b=${i}`);
      if (i % 3 === 0) client.resume(1);
      store.clock.advance(1);
      for (const message of client.take()) {
        for (const event of message.events) seen[message.watchId]!.push(event.kv!.modRevision);
      }
    }
    for (let i = 0; i < 20; i++) {
      client.resume(100);
      store.clock.advance(10);
    }
    for (const message of client.take()) {
      for (const event of message.events) seen[message.watchId]!.push(event.kv!.modRevision);
    }
    assert.deepEqual(seen[0], upTo(301));
    assert.deepEqual(seen[1], upTo(301));
    assert.deepEqual(
      seen[2],
      upTo(301).flatMap((revision) => [revision, revision]),
    );
  });

  test("a pause in the middle of catching up loses nothing", () => {
    const store = new WatchFixture({ sliceEvents: 10 });
    const large = "x".repeat(20_000);
    for (let i = 0; i < 30; i++) store.write(`a=${large}`);
    const client = store.client({ framed: false });
    for (let i = 0; i < 3; i++) client.create("a", { startRevision: 2 });
    const seen: number[][] = [[], [], []];
    for (let i = 0; i < 100; i++) {
      client.resume(1);
      store.clock.advance(1);
      for (const { watchId, events } of client.take())
        seen[watchId]!.push(...events.map((each) => each.kv!.modRevision));
    }
    assert.deepEqual(seen, [upTo(31), upTo(31), upTo(31)]);
  });

  test("what waited for a paused client comes in answers of limited size", () => {
    const store = new WatchFixture();
    const client = store.client();
    client.create("a");
    client.create("a");
    client.room = 0;
    const large = "x".repeat(20_000);
    for (let i = 0; i < 30; i++) store.write(`a=${large}`);
    client.take();
    client.resume(1000);
    const sizes = client.take().map((message) => [message.watchId, message.events.length]);
    assert.ok(sizes.every(([, count]) => count! <= 3));
    assert.ok(sizes.findIndex(([watchId]) => watchId === 1) === 1, "one watcher did not let the other in");
    assert.equal(
      sizes.reduce((sum, [, count]) => sum + count!, 0),
      58,
    );
  });

  test("a gap in what is announced is refused", () => {
    const store = new WatchFixture();
    assert.throws(() => store.hub.notify(3, []), /revision 3 announced after 1/);
  });
});
