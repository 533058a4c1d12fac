import assert from "node:assert/strict";
import { test } from "node:test";
import {
  DeleteRangeResponse,
  KeyValue,
  PutResponse,
  RangeResponse,
  type ResponseOp,
  raw,
  TxnResponse,
} from "@etcd-ts/proto";
import fc from "fast-check";
import { silentLogger } from "../ports/index.ts";
import { FakeClock, MemoryBackend, MemoryDisk, RecordedMetrics } from "../testing/index.ts";
import {
  applyDeleteRange,
  applyPut,
  applyTxn,
  checkTxn,
  eventTypes,
  type Failure,
  isFailure,
  isReadOnly,
  type LeaseKeeper,
  MvccStore,
  rangeResponse,
  TxnReading,
} from "./index.ts";
import { arbitraryDelete, arbitraryPut, arbitraryRange, arbitraryTxn } from "./testing/arbitrary-requests.ts";
import { type NaiveOutcome, type NaiveRange, NaiveStore } from "./testing/naive-store.ts";

/** Leases 1, 2 and 3, and the keys that hang on them. */
class FakeLeases implements LeaseKeeper {
  readonly keys = new Map<string, bigint>();
  exists(id: bigint): boolean {
    return id <= 3n;
  }
  attach(id: bigint, key: Uint8Array): void {
    this.keys.set(key.toString(), id);
  }
  detach(key: Uint8Array): void {
    assert.ok(this.keys.delete(key.toString()), "a key is detached that hangs on no lease");
  }
}

/** The real store and the model, run side by side. */
class Pair {
  readonly clock = new FakeClock();
  readonly disk = new MemoryDisk();
  readonly leases = new FakeLeases();
  readonly model = new NaiveStore();
  backend = new MemoryBackend({ disk: this.disk });
  store = this.#open();

  constructor() {
    for (const id of [1n, 2n, 3n]) this.model.leases.add(id);
  }

  #open(): MvccStore {
    const parts = { backend: this.backend, clock: this.clock, log: silentLogger, metrics: new RecordedMetrics() };
    return MvccStore.open(parts, { cacheBytesMax: 2000 });
  }

  async restart(): Promise<void> {
    this.store.setApplied(this.store.appliedIndex + 1, 7);
    const applied = this.store.appliedIndex;
    await this.backend.commit();
    this.store.close();
    await this.backend.close();
    this.backend = new MemoryBackend({ disk: this.disk });
    this.store = this.#open();
    assert.equal(this.store.appliedIndex, applied);
    assert.equal(this.store.appliedTerm, 7);
  }

  compact(revision: number): void {
    const outcome = this.store.compact(revision);
    if (revision <= this.model.compacted || revision <= 0) assert.deepEqual(outcome, { error: "compacted" });
    else if (revision > this.model.revision) assert.deepEqual(outcome, { error: "futureRevision" });
    else this.model.compacted = revision;
  }

  assertSame(): void {
    const { store, model } = this;
    assert.equal(store.currentRevision, model.revision);
    assert.equal(store.compactRevision, model.compacted);
    const live = model.at(model.revision);
    assert.equal(store.keyCount, live.length);
    const leased = live.filter(({ lease }) => lease !== 0n).map(({ key, lease }) => [key.toString(), lease]);
    assert.deepEqual(new Map(leased as [string, bigint][]), this.leases.keys);
    const found = new Map<string, bigint>();
    store.forEachLeased((record) => {
      const { key, lease } = KeyValue.decode(record);
      found.set(key.toString(), lease);
    });
    assert.deepEqual(found, this.leases.keys);
    this.#assertSameHistory();
  }

  /** What a watcher from the compacted revision on is told. */
  #assertSameHistory(): void {
    const { store, model } = this;
    const from = Math.max(1, model.compacted);
    const told = [];
    for (let next = from; ; ) {
      const part = store.history(next, store.currentRevision, 3);
      if (part.length === 0) break;
      for (const { revision, events } of part) {
        for (const { type, kvRaw, key } of events) told.push({ main: revision, key, type, kv: KeyValue.decode(kvRaw) });
        next = revision + 1;
      }
    }
    const visible = new Set(model.at(from).map((kv) => kv.modRevision));
    const expected = model.changes
      .filter(({ main, kv }) => main > from || (main === from && (kv === undefined || visible.has(main))))
      .map(({ main, key, kv }) => ({
        main,
        key,
        type: kv === undefined ? eventTypes.delete : eventTypes.put,
        kv: kv ?? KeyValue.create({ key, modRevision: main }),
      }));
    // At the compacted revision itself, changes that were undone within it may be gone.
    const above = <T extends { main: number }>(events: T[]) => events.filter(({ main }) => main > model.compacted);
    assert.deepEqual(above(told), above(expected));
  }
}

function assertRange(actual: RangeResponse, expected: NaiveRange): void {
  assert.deepEqual({ kvs: actual.kvs, more: actual.more, count: actual.count }, expected);
}

function assertOutcome(actual: ResponseOp, expected: NaiveOutcome): void {
  if ("range" in expected) {
    assertRange(actual.responseRange!, expected.range);
    assert.equal(actual.responseRange!.header!.revision, expected.revision);
  } else if ("put" in expected) {
    assert.deepEqual(actual.responsePut!.prevKv, expected.put);
    assert.equal(actual.responsePut!.header!.revision, expected.revision);
  } else if ("deleted" in expected) {
    assert.equal(actual.responseDeleteRange!.deleted, expected.deleted.length);
    assert.equal(actual.responseDeleteRange!.header!.revision, expected.revision);
  } else assertTxn(actual.responseTxn!, expected);
}

function assertTxn(actual: TxnResponse, expected: NaiveOutcome): void {
  assert.ok("txn" in expected);
  assert.equal(actual.succeeded, expected.txn.succeeded);
  assert.equal(actual.responses.length, expected.txn.outcomes.length);
  expected.txn.outcomes.forEach((outcome, i) => {
    assertOutcome(actual.responses[i]!, outcome);
  });
}

type Command = (pair: Pair) => void | Promise<void>;

const putCommand = arbitraryPut.map(
  (request): Command =>
    ({ store, model, leases }) => {
      const outcome = applyPut(store, request, { leases });
      const expected = model.put(request);
      if (isFailure(outcome)) assert.deepEqual(outcome, expected);
      else
        assertOutcome(
          { responsePut: PutResponse.decode(raw.PutResponseRaw.encode(outcome.response)) } as ResponseOp,
          expected as NaiveOutcome,
        );
    },
);

const deleteCommand = arbitraryDelete.map(
  (request): Command =>
    ({ store, model, leases }) => {
      const { response } = applyDeleteRange(store, request, { leases });
      const expected = model.deleteRange(request) as NaiveOutcome & { deleted: KeyValue[] };
      const decoded = DeleteRangeResponse.decode(raw.DeleteRangeResponseRaw.encode(response));
      assertOutcome({ responseDeleteRange: decoded } as ResponseOp, expected);
      assert.deepEqual(decoded.prevKvs, request.prevKv ? expected.deleted : []);
    },
);

const txnCommand = arbitraryTxn.map(
  (make): Command =>
    ({ store, model, leases }) => {
      const request = make(model.revision);
      if (checkTxn(request) !== undefined) return;
      const before = model.changes.length;
      const readInSlices = isReadOnly(request) ? inSlices(TxnReading.open(store, request)) : undefined;
      const outcome = applyTxn(store, request, { leases });
      const expected = model.txn(request);
      if (readInSlices !== undefined)
        assert.deepEqual(readInSlices, isFailure(outcome) ? outcome : decodedTxn(outcome.response));
      if (isFailure(outcome)) {
        assert.deepEqual(outcome, expected);
        return;
      }
      assertTxn(TxnResponse.decode(raw.TxnResponseRaw.encode(outcome.response)), expected as NaiveOutcome);
      assert.equal(outcome.response.header!.revision, model.revision);
      const changes = model.changes.slice(before);
      assert.deepEqual(
        (outcome.changes?.events ?? []).map(({ key, modRevision, type }) => ({ key, main: modRevision, type })),
        changes.map(({ key, main, kv }) => ({
          key,
          main,
          type: kv === undefined ? eventTypes.delete : eventTypes.put,
        })),
      );
    },
);

/** The same transaction read a key or two at a time. */
function inSlices(reading: TxnReading | Failure): TxnResponse | Failure {
  if (isFailure(reading)) return reading;
  while (!reading.done) assert.equal(reading.step({ bytesMax: 10, keysMax: 2 }), undefined);
  return decodedTxn(reading.response());
}

const decodedTxn = (response: raw.TxnResponseRaw) => TxnResponse.decode(raw.TxnResponseRaw.encode(response));

const rangeCommand = arbitraryRange.map(
  (make): Command =>
    ({ store, model }) => {
      const request = make(model.revision);
      const expected = model.range(request);
      const outcome = store.range(request);
      if (isFailure(outcome)) {
        assert.deepEqual(outcome, expected);
        assert.deepEqual(store.openRange(request), expected);
        return;
      }
      assertRange(RangeResponse.decode(raw.RangeResponseRaw.encode(rangeResponse(outcome))), expected as NaiveRange);
    },
);

/** Opens a range, lets other things happen, and reads it to its end, sometimes after it was measured or begun in vain. */
const cursorCommand = fc
  .tuple(
    arbitraryRange,
    fc.array(fc.oneof(putCommand, deleteCommand, fc.constant(compactNow)), { maxLength: 6 }),
    fc.record({ skipped: fc.nat(3), measured: fc.boolean() }),
  )
  .map(
    ([make, others, passes]): Command =>
      async (pair) => {
        const request = make(pair.model.revision);
        const expected = pair.model.range(request) as NaiveRange;
        const cursor = pair.store.openRange(request);
        if (isFailure(cursor)) return;
        const kvs: KeyValue[] = [];
        const sizes: number[] = [];
        let turn = 0;
        const pause = async () => {
          await others[turn++]?.(pair);
          pair.clock.advance(5);
        };
        for (let skipped = 0; skipped < passes.skipped && !cursor.done; skipped++) {
          cursor.sizes({ bytesMax: 30, keysMax: 2 }, () => {});
          await pause();
        }
        cursor.rewind();
        for (; passes.measured && !cursor.done; await pause()) {
          cursor.sizes({ bytesMax: 1, keysMax: 1 }, (size) => sizes.push(size));
        }
        if (passes.measured) {
          assert.deepEqual({ more: cursor.more, count: cursor.count }, { more: expected.more, count: expected.count });
          cursor.rewind();
        }
        const found: Uint8Array[] = [];
        for (; !cursor.done; await pause()) found.push(...cursor.next({ bytesMax: 1, keysMax: 1 }));
        for (const record of found) kvs.push(KeyValue.decode(record));
        assert.deepEqual({ kvs, more: cursor.more, count: cursor.count }, expected);
        const lengths = found.map((record) => record.length);
        assert.deepEqual(sizes, passes.measured ? lengths : []);
      },
  );

function compactNow(pair: Pair): void {
  pair.compact(pair.model.revision);
}

const compactCommand = fc.integer({ min: -1, max: 15 }).map(
  (back): Command =>
    (pair) =>
      pair.compact(pair.model.revision - back),
);
const timeCommand = fc.nat(5).map(
  (ms): Command =>
    (pair) =>
      pair.clock.advance(ms),
);
const restartCommand = fc.constant<Command>((pair) => pair.restart());

const commands = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: putCommand },
    { weight: 3, arbitrary: deleteCommand },
    { weight: 6, arbitrary: txnCommand },
    { weight: 6, arbitrary: rangeCommand },
    { weight: 2, arbitrary: cursorCommand },
    { weight: 1, arbitrary: compactCommand },
    { weight: 2, arbitrary: timeCommand },
    { weight: 1, arbitrary: restartCommand },
  ),
  { maxLength: 80, size: "max" },
);

test("MvccStore agrees with a list of all changes through writes, transactions, compactions and restarts", async () => {
  await fc.assert(
    fc.asyncProperty(commands, async (run) => {
      const pair = new Pair();
      for (const command of run) {
        await command(pair);
        pair.assertSame();
      }
    }),
    { numRuns: 150 },
  );
});
