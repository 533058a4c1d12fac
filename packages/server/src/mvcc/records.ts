/**
 * The stored versions of keys: bucket "key", revision → encoded mvccpb.KeyValue, with a cache in front. Records are handed
 * out as they are stored and must not be changed; they may be kept.
 */
import { etcdError, type KeyValue } from "@etcd-ts/proto";
import { assert } from "../lib/assert.ts";
import { type Backend, buckets } from "../ports/index.ts";
import type { Revision } from "./index/key-index.ts";
import { RecordCache } from "./record-cache.ts";
import { RecordSlab } from "./record-slab.ts";
import { encodeRevisionKey, writeRevision } from "./revision-key.ts";

/** Reads and stages records. */
export class Records {
  readonly #backend: Backend;
  readonly #cache: RecordCache;
  readonly #slab = new RecordSlab();
  readonly #lookup = new Uint8Array(17);
  #isRetired = false;

  constructor(backend: Backend, cacheBytesMax: number) {
    this.#backend = backend;
    this.#cache = new RecordCache(cacheBytesMax);
  }

  /**
   * The backend's content has been replaced by that of a later time: reads begun before may go on, since a version is the same
   * in every store that has it, and are told when it is compacted there.
   */
  retire(): void {
    this.#isRetired = true;
  }

  /** The record of a version the index knows, which is likely to be asked for again. */
  at(revision: Revision): Uint8Array {
    const cached = this.#cache.get(revision.main, revision.sub);
    if (cached !== undefined) return cached;
    const record = this.#fetch(revision);
    this.#cache.set(revision.main, revision.sub, record);
    return record;
  }

  /** The same for one of many: a large range would wash everything else out of the cache. */
  oneOfMany(revision: Revision): Uint8Array {
    return this.#cache.get(revision.main, revision.sub) ?? this.#fetch(revision);
  }

  /** The same where it is only looked at: valid until the next reading. */
  peek(revision: Revision): Uint8Array {
    const cached = this.#cache.get(revision.main, revision.sub);
    return cached ?? this.#found(revision, this.#backend.peek(buckets.key, this.#key(revision)));
  }

  /** Stages a version and answers its record. */
  put({ main, sub }: Revision, kv: KeyValue): Uint8Array {
    const record = this.#slab.encode(kv);
    this.#backend.put(buckets.key, encodeRevisionKey({ main, sub, tombstone: false }), record);
    this.#cache.set(main, sub, record);
    return record;
  }

  /** Stages a tombstone, which holds the key alone; answers what a watcher is told: key and mod revision. */
  bury({ main, sub }: Revision, key: Uint8Array): Uint8Array {
    const tombstone = this.#slab.encode(tombstoneOf(key, 0));
    this.#backend.put(buckets.key, encodeRevisionKey({ main, sub, tombstone: true }), tombstone);
    return this.deletionOf(key, main);
  }

  /** The encoded KeyValue of a delete event. */
  deletionOf(key: Uint8Array, modRevision: number): Uint8Array {
    return this.#slab.encode(tombstoneOf(key, modRevision));
  }

  #fetch(revision: Revision): Uint8Array {
    return this.#found(revision, this.#backend.get(buckets.key, this.#key(revision)));
  }

  #key({ main, sub }: Revision): Uint8Array {
    writeRevision(this.#lookup, main, sub);
    return this.#lookup;
  }

  /** A record that is in the index and not in the store would be corruption. */
  #found({ main, sub }: Revision, record: Uint8Array | undefined): Uint8Array {
    if (record === undefined && this.#isRetired) throw etcdError("compacted");
    assert(record !== undefined, () => `revision ${main}.${sub} is in the index, but not in the live store`);
    return record;
  }

  drop(main: number, sub: number, tombstone: boolean): void {
    this.#backend.delete(buckets.key, encodeRevisionKey({ main, sub, tombstone }));
  }
}

const NO_BYTES = new Uint8Array(0);

function tombstoneOf(key: Uint8Array, modRevision: number): KeyValue {
  return { key, createRevision: 0, modRevision, version: 0, value: NO_BYTES, lease: 0n };
}
