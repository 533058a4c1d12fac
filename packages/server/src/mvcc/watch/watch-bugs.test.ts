/** What went wrong with watches in etcd, each told once more to this hub. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type WatchClient, WatchFixture } from "./testing/watch-fixture.ts";

/** Revisions of the events a watch was sent since the last look. */
function revisions(client: WatchClient, watchId = 0): number[] {
  const messages = client.take().filter((message) => message.watchId === watchId);
  return messages.flatMap(({ events }) => events.map(({ kv }) => kv!.modRevision));
}

const upTo = (last: number): number[] => Array.from({ length: last - 1 }, (_, i) => i + 2);

test("progress never says that a revision is done whose events still wait (etcd-io/etcd#15220)", () => {
  const store = new WatchFixture({ progressIntervalMs: 1000 });
  const client = store.client({ framed: false });
  client.create("a", { progressNotify: true });
  store.write("b=1");
  client.create("a", { startRevision: 1 });
  client.take();
  client.room = 1;
  let told = 1;
  for (let n = 0; n < 20; n++) {
    store.announce(`a=${n}`);
    client.stream.progress();
    if (n % 2 === 0) store.hub.flush();
    store.clock.advance(n % 3 === 0 ? 1000 : 0);
    client.resume(1);
    for (const { watchId, events, header } of client.take()) {
      if (watchId === 0) for (const { kv } of events) told = kv!.modRevision;
      if (watchId === -1)
        assert.ok(header!.revision <= Math.max(told, 2), `progress ${header!.revision} after ${told}`);
    }
  }
});

test("an event that is in the history before it is announced is told once (etcd-io/etcd#17247)", () => {
  const store = new WatchFixture();
  store.write("a=1");
  const applied = store.history.write([{ type: 0, key: "a", value: "2" }])!;
  const client = store.client();
  client.create("a", { startRevision: 1 });
  store.clock.advance(10);
  store.hub.notify(applied.revision, applied.events);
  store.hub.flush();
  store.clock.advance(10);
  assert.deepEqual(revisions(client), [2, 3]);
});

test("a stream that can take one message now and then loses no event to the others (etcd-io/etcd#17529)", () => {
  const store = new WatchFixture({ pendingPerWatcherMax: 3, sliceEvents: 5, answerBytes: 1 });
  const [starved, quick] = [store.client({ framed: false }), store.client()];
  starved.create("a");
  quick.create("a");
  starved.room = 1;
  const seen: number[] = [];
  for (let n = 0; n < 200; n++) {
    store.write(`a=${n}`);
    if (n % 7 === 0) starved.resume(1);
    store.clock.advance(1);
    seen.push(...revisions(starved));
  }
  for (let n = 0; n < 300; n++) {
    starved.resume(2);
    store.clock.advance(1);
    seen.push(...revisions(starved));
  }
  assert.deepEqual(seen, upTo(201));
  assert.deepEqual(revisions(quick), upTo(201));
});

test("a watch of a future revision is told nothing older, not after a snapshot either (etcd-io/etcd#20221)", () => {
  const store = new WatchFixture({ progressIntervalMs: 1000 });
  const client = store.client();
  client.create("a", { startRevision: 8, progressNotify: true });
  client.take();
  store.write("a=2");
  for (const value of ["3", "4", "5"]) store.history.write([{ type: 0, key: "a", value }]);
  store.hub.restored();
  store.clock.advance(3000);
  store.write("a=6");
  store.clock.advance(500);
  assert.deepEqual(client.seen(), []);
  store.write("a=7");
  store.write("a=8");
  store.write("a=9");
  assert.deepEqual(revisions(client), [8, 9]);
});

test("a watch from revision -1 is refused and takes no event from the others (etcd-io/etcd#20707)", () => {
  const store = new WatchFixture();
  for (let n = 1; n < 5; n++) store.write(`a=${n}`);
  const client = store.client();
  client.create("a", { startRevision: 2 });
  client.create("a", { startRevision: -1, watchId: 7 });
  client.create("a", { startRevision: 3 });
  store.clock.advance(10);
  const messages = client.take();
  const refused = messages.filter(({ canceled }) => canceled).map(({ watchId, events }) => [watchId, events]);
  assert.deepEqual(refused, [[-1, []]]);
  const told = (id: number) =>
    messages.flatMap(({ watchId, events }) => (watchId === id ? events.map(({ kv }) => kv!.modRevision) : []));
  assert.deepEqual([told(0), told(1), told(7)], [[2, 3, 4, 5], [3, 4, 5], []]);
});

test("a watch from revision 0 tells all behind the revision it was answered with, one from 1 all there ever was (etcd-io/etcd#11456, #11496)", () => {
  const store = new WatchFixture();
  store.write("a=1");
  // The store is a revision ahead of what was announced when the watches are made.
  const applied = store.history.write([{ type: 0, key: "a", value: "2" }])!;
  const client = store.client();
  client.create("a", { startRevision: 0 });
  client.create("a", { startRevision: 1 });
  const created = client.take().map(({ header }) => header!.revision);
  store.hub.notify(applied.revision, applied.events);
  store.hub.flush();
  store.clock.advance(10);
  const messages = client.take();
  const told = (id: number) =>
    messages.flatMap(({ watchId, events }) => (watchId === id ? events.map(({ kv }) => kv!.modRevision) : []));
  assert.deepEqual(created, [2, 2]);
  assert.deepEqual([told(0), told(1)], [[3], [2, 3]]);
});
