/**
 * HashKV says whether members hold the same. So members that applied the same log have to give the same hash, whatever happened
 * to each besides: restarts, snapshots of another, compactions that have come this far or that.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { KeyValue } from "@etcd-ts/proto";
import { crc32c } from "@node-rs/crc32";
import fc from "fast-check";
import { type BackendPair, buckets, silentLogger } from "../ports/index.ts";
import { FakeClock, MemoryBackend, MemoryDisk, RecordedMetrics } from "../testing/index.ts";
import { encodeRevisionKey, type HashKv, isFailure, type LeaseKeeper, MvccStore } from "./index.ts";

const leases: LeaseKeeper = { exists: () => true, attach() {}, detach() {} };
const bytes = (text: string) => new TextEncoder().encode(text);

/** A put of a key, or with a dash a deletion. */
type Change = string;
/** One entry of the log: the changes of one revision, or a compaction so far behind the newest revision. */
type Entry = readonly Change[] | { readonly compactBack: number };

/** A member; what happens to it besides the log is up to the test. */
class FakeMember {
  readonly clock = new FakeClock();
  #disk = new MemoryDisk();
  #backend = new MemoryBackend({ disk: this.#disk });
  store = this.#open();

  #open(): MvccStore {
    const parts = { backend: this.#backend, clock: this.clock, log: silentLogger, metrics: new RecordedMetrics() };
    return MvccStore.open(parts, { compactionBatchMax: 2 });
  }

  apply(entry: Entry): void {
    const { store } = this;
    if ("compactBack" in entry) store.compact(store.currentRevision - entry.compactBack);
    else
      store.write(leases, (txn) => {
        for (const change of entry) {
          if (change.startsWith("-"))
            txn.deleteRange({ start: bytes(change.slice(1)), end: bytes(`${change.slice(1)}~`) });
          else txn.put(bytes(change), { value: bytes(String(store.currentRevision)), lease: 0n });
        }
      });
  }

  async restart(): Promise<void> {
    await this.#backend.commit();
    this.store.close();
    await this.#backend.close();
    this.#backend = new MemoryBackend({ disk: this.#disk });
    this.store = this.#open();
  }

  /** Takes another member's durable content for its own. */
  async install(from: FakeMember): Promise<void> {
    await from.#backend.commit();
    await this.#backend.replace(contentOf(from.#backend), () => this.store.reload());
  }

  async hashKv(revision: number): Promise<HashKv> {
    const outcome = await this.settled(this.store.hashKv(revision));
    assert.ok(!isFailure(outcome));
    return outcome;
  }

  /** Ends turns until something has settled; no timer fires. */
  async settled<T>(promise: Promise<T>): Promise<T> {
    let done = false;
    void promise.finally(() => {
      done = true;
    });
    while (!done) {
      this.clock.runTurn();
      await Promise.resolve();
    }
    return promise;
  }
}

async function* contentOf(backend: MemoryBackend): AsyncGenerator<BackendPair> {
  const view = backend.view();
  for (const bucket of Object.values(buckets)) {
    for (const entry of view.slice(bucket, { start: new Uint8Array(0), limit: 10_000 })) yield { bucket, ...entry };
  }
  view.close();
}

/** Every change ever made, and the hash by etcd's definition once its compaction is complete. */
class NaiveHash {
  readonly #changes: { main: number; sub: number; key: string; record: KeyValue | undefined }[] = [];
  revision = 1;
  compacted = 0;

  apply(entry: Entry): void {
    if ("compactBack" in entry) {
      const revision = this.revision - entry.compactBack;
      if (revision > this.compacted) this.compacted = revision;
      return;
    }
    const main = this.revision + 1;
    const before = this.#changes.length;
    for (const change of entry) this.#change(change, main, before);
    if (this.#changes.length > before) this.revision = main;
  }

  #change(change: Change, main: number, before: number): void {
    const last = this.#newest(main);
    const sub = () => this.#changes.length - before;
    if (change.startsWith("-")) {
      const doomed = [...last].filter(([key, { record }]) => record !== undefined && key.startsWith(change.slice(1)));
      for (const [key] of doomed.sort()) this.#changes.push({ main, sub: sub(), key, record: undefined });
      return;
    }
    const { createRevision, version } = last.get(change)?.record ?? { createRevision: main, version: 0 };
    const value = bytes(String(this.revision));
    const record = { key: bytes(change), createRevision, modRevision: main, version: version + 1, value, lease: 0n };
    this.#changes.push({ main, sub: sub(), key: change, record });
  }

  #newest(revision: number) {
    return new Map(this.#changes.filter(({ main }) => main <= revision).map((change) => [change.key, change]));
  }

  hashKv(revision: number): number {
    const { compacted } = this;
    const seen = [...this.#newest(revision).values()].filter(({ record }) => record !== undefined);
    const left = [...this.#newest(compacted).values()].filter(({ record }) => record !== undefined);
    const kept = new Set(seen.length > 0 ? seen : left);
    let hash = crc32c("key");
    for (const change of this.#changes) {
      const { main, sub, key, record } = change;
      if (main > revision || (main <= compacted && !kept.has(change))) continue;
      hash = crc32c(encodeRevisionKey({ main, sub, tombstone: record === undefined }), hash);
      hash = crc32c(KeyValue.encode(record ?? KeyValue.create({ key: bytes(key) })), hash);
    }
    return hash;
  }
}

const key = fc.constantFrom("a", "a1", "b", "c");
const change = fc.oneof(
  key,
  key.map((name) => `-${name}`),
);
const entry: fc.Arbitrary<Entry> = fc.oneof(
  { weight: 5, arbitrary: fc.array(change, { minLength: 1, maxLength: 4 }) },
  { weight: 1, arbitrary: fc.record({ compactBack: fc.nat(3) }) },
);
/** What happens to one member behind an entry. */
const fate = fc.constantFrom("nothing", "nothing", "time", "much time", "restart", "snapshot");
const step = fc.record({ entry, fates: fc.tuple(fate, fate) });

test("members that applied the same entries give the same HashKV, and it is etcd's, whatever happened to each", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25, size: "max" }), async (steps) => {
      const model = new NaiveHash();
      const undisturbed = new FakeMember();
      const members = [new FakeMember(), new FakeMember()];
      for (const { entry: next, fates } of steps) {
        for (const each of [model, undisturbed, ...members]) each.apply(next);
        for (const [i, member] of members.entries()) await meet(member, fates[i]!, members[1 - i]!);
        await assertSameHash(model, [undisturbed, ...members]);
      }
    }),
    { numRuns: 50 },
  );
});

async function meet(member: FakeMember, what: string, other: FakeMember): Promise<void> {
  if (what === "time") member.clock.advance(2);
  if (what === "much time") member.clock.advance(1000);
  if (what === "restart") await member.restart();
  if (what === "snapshot") await member.install(other);
}

async function assertSameHash(model: NaiveHash, members: readonly FakeMember[]): Promise<void> {
  const { revision: currentRevision, compacted } = model;
  for (const hashRevision of new Set([currentRevision, Math.max(compacted + 1, currentRevision - 2)])) {
    if (hashRevision > currentRevision || hashRevision <= compacted) continue;
    const compactRevision = compacted === 0 ? -1 : compacted;
    const expected = { hash: model.hashKv(hashRevision), hashRevision, currentRevision, compactRevision };
    for (const member of members) assert.deepEqual(await member.hashKv(hashRevision), expected);
  }
}

test("a compaction that begins while a hash is made does not take records out of it", async () => {
  const member = new FakeMember();
  for (let n = 0; n < 700; n++) member.apply(["a", "b"]);
  const before = await member.hashKv(0);
  const hashing = member.store.hashKv(0);
  member.apply({ compactBack: 100 });
  // The first slice is read; now the compaction has all the time it wants before the second.
  for (let n = 0; n < 700; n++) member.clock.advance(10);
  assert.deepEqual(await member.settled(hashing), before);
});
