import assert from "node:assert/strict";
import { test } from "node:test";
import type { WatchResponse } from "@etcd-ts/proto";
import fc from "fast-check";
import { eventTypes } from "../stored-event.ts";
import { inShort, type WatchClient, WatchFixture } from "./testing/watch-fixture.ts";

const key = fc.constantFrom("a", "b", "c", "d");
const change = fc.oneof(
  key.map((name) => `${name}=x`),
  key.map((name) => `-${name}`),
);
const range = fc.constantFrom(["a", ""], ["b", ""], ["a", "c"], ["b", "\0"], ["", "\0"], ["c", "d"]);
const client = fc.nat(2);
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("write" as const),
      changes: fc.uniqueArray(change, { minLength: 1, maxLength: 4, selector: (text) => text.replace(/^-|=x$/g, "") }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("flush" as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("create" as const),
      client,
      range,
      start: fc.oneof(fc.constant(0), fc.integer({ min: -4, max: 3 })),
      filters: fc.constantFrom([], [0], [1]),
      prevKv: fc.boolean(),
      fragment: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("cancel" as const), client, watchId: fc.nat(3) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("progress" as const), client }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("room" as const), client, room: fc.constantFrom(0, 1, 3, 1000) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("compact" as const), back: fc.nat(6) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("time" as const), ms: fc.constantFrom(0, 1, 100) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("snapshot" as const), changes: fc.array(change, { maxLength: 3 }) }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
type Create = Extract<Step, { do: "create" }>;

/** What one watch was promised, and what it has got so far. */
interface Expected {
  readonly request: Create;
  readonly start: number;
  /** Events received, in short. */
  got: string[];
  lastRevision: number;
  /** The last answer was a fragment, and not the last one. */
  inFragments: boolean;
  /** First revision that may be missing, once it was told of a compaction. */
  compacted: number | undefined;
  cancelled: boolean;
}

class Run {
  readonly store = new WatchFixture({
    answerBytes: 100,
    sliceEvents: 3,
    pendingPerWatcherMax: 4,
    pendingPerStreamMax: 6,
    maxRequestBytes: -512 * 1024 + 60,
  });
  readonly clients = [true, false, true].map((framed) => ({
    client: this.store.client({ framed }),
    watches: new Map<number, Expected>(),
  }));

  play(each: Step): void {
    const { store } = this;
    if ("client" in each) this.#request(each);
    else if (each.do === "write") store.announce(...each.changes);
    else if (each.do === "flush") store.hub.flush();
    else if (each.do === "compact") this.#compact(each.back);
    else if (each.do === "time") store.clock.advance(each.ms);
    else this.#snapshot(each.changes);
    this.receive();
  }

  receive(): void {
    for (const { client: each, watches } of this.clients) {
      for (const message of each.take()) this.#check(message, watches);
    }
  }

  /** Lets every client take everything, then demands that each watch got all it was promised. */
  finish(): void {
    this.store.hub.flush();
    for (let i = 0; i < 3; i++) {
      for (const { client: each } of this.clients) each.resume(1_000_000);
      this.store.clock.advance(1000);
    }
    this.receive();
    for (const { watches } of this.clients) for (const watch of watches.values()) this.#complete(watch);
    const pending = this.store.metrics.value("etcd_debugging_mvcc_pending_events_total");
    assert.equal(pending, 0);
    assert.equal(this.store.metrics.value("etcd_debugging_mvcc_slow_watcher_total"), 0);
  }

  #request(each: Extract<Step, { client: number }>): void {
    const { client: target, watches } = this.clients[each.client]!;
    if (each.do === "create") this.#create(each, { target, watches });
    else if (each.do === "progress") target.stream.progress();
    else if (each.do === "room") target.resume(each.room);
    else target.stream.cancel(each.watchId);
  }

  #create(request: Create, { target, watches }: { target: WatchClient; watches: Map<number, Expected> }): void {
    const { revision } = this.store.hub;
    const startRevision = request.start === 0 ? 0 : Math.max(1, revision + request.start);
    const watch: Expected = {
      request,
      start: startRevision === 0 ? revision + 1 : startRevision,
      got: [],
      lastRevision: 0,
      inFragments: false,
      compacted: undefined,
      cancelled: false,
    };
    watches.set(watches.size, watch);
    const [name, rangeEnd] = request.range;
    target.create(name!, { ...request, rangeEnd: rangeEnd!, startRevision });
  }

  #compact(back: number): void {
    const { history, hub } = this.store;
    history.compact(Math.max(1, hub.revision - back));
  }

  #snapshot(changes: readonly string[]): void {
    for (const text of changes) {
      const name = text.replace(/^-|=x$/g, "");
      this.store.history.write([
        { type: text.startsWith("-") ? eventTypes.delete : eventTypes.put, key: name, value: "x" },
      ]);
    }
    this.store.hub.restored();
  }

  /** Every message on its own: allowed now, in order, and true. */
  #check(message: WatchResponse, watches: Map<number, Expected>): void {
    if (message.watchId === -1) {
      for (const watch of watches.values()) this.#checkProgress(watch, message.header!.revision);
      return;
    }
    const watch = watches.get(message.watchId)!;
    if (message.canceled && message.compactRevision > 0) watch.compacted = message.compactRevision;
    else if (message.canceled) watch.cancelled = true;
    if (message.events.length === 0) return;
    assert.equal(watch.cancelled || watch.compacted !== undefined, false, "an event after the end");
    const { events = [] } = inShort(message) as { events?: string[] };
    watch.got.push(...events);
    const [first, last] = [message.events[0]!.kv!.modRevision, message.events.at(-1)!.kv!.modRevision];
    assert.ok(
      first > watch.lastRevision || (watch.inFragments && first === watch.lastRevision),
      "a step back, or a cut",
    );
    watch.inFragments = message.fragment;
    assert.ok(message.fragment || message.header!.revision >= last, "a header behind its events");
    watch.lastRevision = last;
  }

  #checkProgress(watch: Expected, revision: number): void {
    if (watch.cancelled || watch.compacted !== undefined) return;
    assert.deepEqual(withoutPrev(watch.got), this.#wanted(watch, revision), "progress ahead of events");
  }

  #complete(watch: Expected): void {
    const wanted = this.#wanted(watch, this.store.hub.revision);
    const got = withoutPrev(watch.got);
    if (watch.cancelled || watch.compacted !== undefined) assert.deepEqual(got, wanted.slice(0, got.length));
    else assert.deepEqual(got, wanted);
    if (watch.compacted !== undefined) {
      const missing = Number(wanted[got.length]?.split(":")[0] ?? watch.compacted);
      assert.ok(watch.start < watch.compacted, `told of ${watch.compacted}, and misses ${missing}`);
    }
    assert.equal(watch.inFragments, false);
    if (watch.request.prevKv) this.#checkPrev(watch);
  }

  /** Every event of the range and filters from the start on, in order. */
  #wanted({ request, start }: Expected, through: number): string[] {
    const [name, end] = request.range;
    const from = name === "" ? "\0" : name!;
    const wanted: string[] = [];
    for (const { revision, events } of this.store.history.revisions) {
      for (const event of events) {
        const at = new TextDecoder().decode(event.key);
        const inRange = end === "" ? at === from : at >= from && (end === "\0" || at < end!);
        const filtered = request.filters.some((filter) => filter === event.type);
        if (!inRange || filtered || revision < start || revision > through) continue;
        wanted.push(`${revision}:${event.type === eventTypes.delete ? `-${at}` : `${at}=x`}`);
      }
    }
    return wanted;
  }

  /** A previous value is there only where there was one. */
  #checkPrev(watch: Expected): void {
    for (const text of watch.got) {
      const [revision = "", rest = ""] = text.split(":");
      const name = rest.replace(/^-|=.*$|<.*$/g, "");
      const before = this.store.history.revisions
        .filter((each) => each.revision < Number(revision))
        .flatMap((each) => [...each.events])
        .findLast((event) => new TextDecoder().decode(event.key) === name);
      const live = before?.type === eventTypes.put;
      if (!live) assert.equal(text.includes("<"), false, text);
      else if (this.store.history.compactRevision === 0) assert.equal(text.includes("<x"), true, text);
    }
  }
}

function withoutPrev(events: readonly string[]): string[] {
  return events.map((text) => text.replace(/<.*$/, ""));
}

test("every watch gets what it was promised, under any history, clients, compactions and snapshots", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80, size: "max" }), (steps) => {
      const run = new Run();
      for (const each of steps) run.play(each);
      run.finish();
    }),
    { numRuns: 500 },
  );
});
