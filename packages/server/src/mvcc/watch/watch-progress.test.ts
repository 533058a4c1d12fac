import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { WatchFixture } from "./testing/watch-fixture.ts";

describe("progress on request", () => {
  test("is answered for the whole stream, without watches too", () => {
    const store = new WatchFixture();
    const client = store.client();
    client.stream.progress();
    client.create("a");
    store.write("b=1");
    client.stream.progress();
    assert.deepEqual(client.seen(), [
      { rev: 1, watchId: -1 },
      { rev: 1, created: true },
      { rev: 2, watchId: -1 },
    ]);
  });

  test("comes behind the events that were announced before it", () => {
    const store = new WatchFixture();
    const client = store.client();
    client.create("a");
    store.announce("a=1");
    client.stream.progress();
    store.announce("b=1");
    store.hub.flush();
    assert.deepEqual(client.seen().slice(1), [
      { rev: 2, events: ["2:a=1"] },
      { rev: 3, watchId: -1 },
    ]);
  });

  test("waits while a watch of the stream reads the past, even when there is nothing in it", () => {
    const store = new WatchFixture();
    store.write("b=1");
    const client = store.client();
    client.create("a", { startRevision: 1 });
    client.stream.progress();
    client.stream.progress();
    assert.deepEqual(client.seen(), [{ rev: 2, created: true }]);
    store.clock.advance(10);
    assert.deepEqual(client.seen(), [{ rev: 2, watchId: -1 }]);
  });

  test("waits while the client takes nothing", () => {
    const store = new WatchFixture();
    const client = store.client();
    client.create("a");
    client.room = 1;
    store.write("a=1");
    store.write("a=2");
    client.stream.progress();
    client.take();
    client.resume(10);
    assert.deepEqual(client.seen(), [
      { rev: 3, events: ["3:a=2"] },
      { rev: 3, watchId: -1 },
    ]);
  });

  test("is set free by the cancel of the watch it waits for", () => {
    const store = new WatchFixture();
    store.write("a=1");
    const client = store.client();
    client.create("a", { startRevision: 1 });
    client.stream.progress();
    client.stream.cancel(0);
    assert.deepEqual(client.seen().slice(1), [
      { rev: 2, canceled: true },
      { rev: 2, watchId: -1 },
    ]);
  });
});

describe("periodic progress", () => {
  test("comes with the id of each watch that asked for it and was idle", () => {
    const store = new WatchFixture({ progressIntervalMs: 1000 });
    const client = store.client();
    client.create("a", { progressNotify: true });
    client.create("a");
    client.create("b", { progressNotify: true });
    client.take();
    store.clock.advance(1000);
    store.write("a=1");
    store.clock.advance(1000);
    store.clock.advance(1000);
    assert.deepEqual(client.seen(), [
      { rev: 1 },
      { rev: 1, watchId: 2 },
      { rev: 2, events: ["2:a=1"] },
      { rev: 2, watchId: 1, events: ["2:a=1"] },
      { rev: 2, watchId: 2 },
      { rev: 2 },
      { rev: 2, watchId: 2 },
    ]);
  });

  test("does not come while events wait, and ends with the last watch that wants it", () => {
    const store = new WatchFixture({ progressIntervalMs: 1000 });
    const client = store.client();
    client.create("a", { progressNotify: true });
    client.take();
    store.announce("a=1");
    store.clock.advance(1000);
    assert.deepEqual(client.seen(), []);
    client.stream.cancel(0);
    store.clock.advance(5000);
    assert.deepEqual(client.seen(), [{ rev: 2, canceled: true }]);
    assert.equal(store.clock.pendingTimers, 0);
  });
});
