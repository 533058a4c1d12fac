/**
 * What every backend must do, as a list of named cases: a test file runs them against its implementation with
 * `for (const c of backendContract) test(c.name, () => c.run(open, assert))`.
 */
import { type Backend, type BackendEntry, type BackendPair, buckets } from "./backend.ts";

/** One store under test: its backend, and a way to lose the process and come back to what was durable. */
export interface BackendUnderTest {
  readonly backend: Backend;
  /** Closes the backend (what is staged is dropped) and opens the same store again. */
  reopen(): Promise<Backend>;
}

/** The part of `node:assert/strict` the cases use. */
export interface ContractAssert {
  equal(actual: unknown, expected: unknown, message?: string): void;
  deepEqual(actual: unknown, expected: unknown, message?: string): void;
}

/** One promise of the port, as a test. */
export interface BackendCase {
  readonly name: string;
  run(open: () => Promise<BackendUnderTest>, assert: ContractAssert): Promise<void>;
}

const bytes = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0));
const text = (value: Uint8Array | undefined) => value && String.fromCharCode(...value);
const pairs = (entries: BackendEntry[]) => entries.map(({ key, value }) => `${text(key)}=${text(value)}`).join(" ");
const all = { start: bytes(""), limit: 100 };
const key = buckets.key;

async function* pairsOf(content: Readonly<Record<string, string>>): AsyncGenerator<BackendPair> {
  for (const [k, v] of Object.entries(content)) yield { bucket: key, key: bytes(k), value: bytes(v) };
}

async function* failingAfter(content: Readonly<Record<string, string>>): AsyncGenerator<BackendPair> {
  yield* pairsOf(content);
  throw new Error("cut off");
}

/** Every backend passes all of these. */
export const backendContract: readonly BackendCase[] = [
  {
    name: "reads staged writes at once, before and after they are committed",
    async run(open, assert) {
      const { backend } = await open();
      backend.put(key, bytes("a"), bytes("1"));
      assert.equal(text(backend.get(key, bytes("a"))), "1");
      const committed = backend.commit();
      assert.equal(text(backend.get(key, bytes("a"))), "1");
      backend.put(key, bytes("a"), bytes("2"));
      assert.equal(text(backend.get(key, bytes("a"))), "2");
      await committed;
      assert.equal(text(backend.get(key, bytes("a"))), "2");
      assert.equal(backend.get(key, bytes("b")), undefined);
      await backend.close();
    },
  },
  {
    name: "commits what is staged at the last moment with the rest, once a commit",
    async run(open, assert) {
      const { backend, reopen } = await open();
      let commits = 0;
      backend.beforeCommit(() => backend.put(key, bytes("last"), bytes(String(++commits))));
      backend.put(key, bytes("a"), bytes("1"));
      assert.equal(backend.get(key, bytes("last")), undefined);
      await backend.commit();
      await backend.commit();
      assert.equal(text(backend.get(key, bytes("last"))), "2");
      const reopened = await reopen();
      assert.equal(text(reopened.get(key, bytes("last"))), "2");
      await reopened.close();
    },
  },
  {
    name: "lets values be looked at, staged or committed, short or long",
    async run(open, assert) {
      const { backend } = await open();
      const long = new Uint8Array(300_000).fill(7);
      backend.put(key, bytes("a"), bytes("1"));
      backend.put(key, bytes("b"), long);
      for (const committed of [false, true]) {
        if (committed) await backend.commit();
        assert.equal(text(backend.peek(key, bytes("a"))), "1");
        assert.deepEqual(backend.peek(key, bytes("b")), long);
        assert.deepEqual(backend.get(key, bytes("b")), long);
        assert.equal(backend.peek(key, bytes("c")), undefined);
      }
      backend.delete(key, bytes("a"));
      assert.equal(backend.peek(key, bytes("a")), undefined);
      await backend.close();
    },
  },
  {
    name: "keeps buckets apart",
    async run(open, assert) {
      const { backend } = await open();
      backend.put(key, bytes("a"), bytes("1"));
      backend.put(buckets.meta, bytes("a"), bytes("2"));
      await backend.commit();
      backend.delete(key, bytes("a"));
      assert.equal(backend.get(key, bytes("a")), undefined);
      assert.equal(text(backend.get(buckets.meta, bytes("a"))), "2");
      await backend.close();
    },
  },
  {
    name: "slices in byte order through staged, committing and committed entries",
    async run(open, assert) {
      const { backend } = await open();
      for (const k of ["c", "a", "\xff", "e"]) backend.put(key, bytes(k), bytes("1"));
      await backend.commit();
      backend.put(key, bytes("b"), bytes("2"));
      backend.delete(key, bytes("c"));
      const committed = backend.commit();
      backend.put(key, bytes("a"), bytes("3"));
      backend.put(key, bytes("d"), bytes("3"));
      backend.delete(key, bytes("e"));
      assert.equal(pairs(backend.slice(key, all)), "a=3 b=2 d=3 \xff=1");
      assert.equal(pairs(backend.slice(key, { start: bytes("b"), end: bytes("\xff"), limit: 9 })), "b=2 d=3");
      assert.equal(pairs(backend.slice(key, { start: bytes(""), limit: 2 })), "a=3 b=2");
      assert.equal(pairs(backend.slice(key, { start: bytes("b"), end: bytes("b"), limit: 2 })), "");
      await committed;
      await backend.commit();
      assert.equal(pairs(backend.slice(key, all)), "a=3 b=2 d=3 \xff=1");
      await backend.close();
    },
  },
  {
    name: "ends a slice when it is long enough, staged and committed entries alike, and goes on without a gap",
    async run(open, assert) {
      const { backend } = await open();
      for (let n = 0; n < 20; n += 2) backend.put(key, bytes(`k${n + 10}`), bytes("c".repeat(n)));
      await backend.commit();
      for (let n = 1; n < 20; n += 2) backend.put(key, bytes(`k${n + 10}`), bytes("s".repeat(n)));
      backend.delete(key, bytes("k14"));
      const read = (from: Pick<Backend, "slice">) => {
        const slices: string[] = [];
        for (let start: Uint8Array = bytes(""); ; ) {
          const entries = from.slice(key, { start, limit: 5, bytesMax: 20 });
          if (entries.length === 0) return slices;
          slices.push(entries.map(({ value }) => value.length).join(" "));
          start = Uint8Array.of(...entries.at(-1)!.key, 0);
        }
      };
      const wanted = ["0 1 2 3 5", "6 7 8", "9 10 11", "12 13", "14 15", "16 17", "18 19"];
      assert.deepEqual(read(backend), wanted);
      await backend.commit();
      assert.deepEqual(read(backend), wanted);
      const view = backend.view();
      assert.deepEqual(read(view), wanted);
      view.close();
      await backend.close();
    },
  },
  {
    name: "fills a limited slice although deletions are staged in front",
    async run(open, assert) {
      const { backend } = await open();
      for (let n = 0; n < 50; n++) backend.put(key, Uint8Array.of(n), Uint8Array.of(n));
      await backend.commit();
      for (let n = 0; n < 45; n++) backend.delete(key, Uint8Array.of(n));
      const rest = backend.slice(key, { start: Uint8Array.of(), limit: 3 });
      assert.deepEqual(
        rest.map((entry) => entry.key[0]),
        [45, 46, 47],
      );
      await backend.close();
    },
  },
  {
    name: "scans a whole bucket in order, committed and staged, entries of any size",
    async run(open, assert) {
      const store = await open();
      const scanned = (backend: Backend) => {
        const found: string[] = [];
        backend.scan(key, (k, value) =>
          found.push(`${text(k.slice())}:${value.length}:${value.every((b) => b === 7)}`),
        );
        return found.join(" ");
      };
      assert.equal(scanned(store.backend), "");
      for (const [k, size] of [
        ["c", 40_000],
        ["a", 0],
        ["bb", 300],
        ["\xff", 3_000_000],
        ["b", 300],
      ] as const)
        store.backend.put(key, bytes(k), new Uint8Array(size).fill(7));
      store.backend.put(buckets.meta, bytes("m"), bytes("1"));
      await store.backend.commit();
      assert.equal(scanned(store.backend), "a:0:true b:300:true bb:300:true c:40000:true \xff:3000000:true");
      store.backend.delete(key, bytes("b"));
      store.backend.put(key, bytes("d"), new Uint8Array(5).fill(7));
      assert.equal(scanned(store.backend), "a:0:true bb:300:true c:40000:true d:5:true \xff:3000000:true");
      await store.backend.commit();
      const backend = await store.reopen();
      assert.equal(scanned(backend), "a:0:true bb:300:true c:40000:true d:5:true \xff:3000000:true");
      assert.equal(scanned(backend), "a:0:true bb:300:true c:40000:true d:5:true \xff:3000000:true");
      await backend.close();
    },
  },
  {
    name: "holds after reopening what was committed, and nothing else",
    async run(open, assert) {
      const store = await open();
      store.backend.put(key, bytes("a"), bytes("1"));
      store.backend.put(buckets.meta, bytes("m"), bytes("1"));
      await store.backend.commit();
      store.backend.put(key, bytes("a"), bytes("2"));
      store.backend.put(key, bytes("b"), bytes("2"));
      const backend = await store.reopen();
      assert.equal(pairs(backend.slice(key, all)), "a=1");
      assert.equal(text(backend.get(buckets.meta, bytes("m"))), "1");
      await backend.close();
    },
  },
  {
    name: "shows in a view what was committed when it was opened, whatever is committed later",
    async run(open, assert) {
      const { backend } = await open();
      for (const k of ["a", "b", "c"]) backend.put(key, bytes(k), bytes("1"));
      await backend.commit();
      backend.put(key, bytes("a"), bytes("2"));
      const view = backend.view();
      backend.delete(key, bytes("b"));
      await backend.commit();
      assert.equal(pairs(view.slice(key, all)), "a=1 b=1 c=1");
      assert.equal(pairs(view.slice(key, { start: bytes("b"), limit: 1 })), "b=1");
      assert.equal(text(view.get(key, bytes("a"))), "1");
      assert.equal(view.get(key, bytes("z")), undefined);
      view.close();
      assert.equal(pairs(backend.slice(key, all)), "a=2 c=1");
      await backend.close();
    },
  },
  {
    name: "is replaced as a whole, staged writes included, and durably",
    async run(open, assert) {
      const store = await open();
      store.backend.put(key, bytes("a"), bytes("1"));
      await store.backend.commit();
      store.backend.put(buckets.meta, bytes("m"), bytes("1"));
      await store.backend.replace(pairsOf({ x: "7", y: "8" }));
      assert.equal(pairs(store.backend.slice(key, all)), "x=7 y=8");
      assert.equal(store.backend.get(buckets.meta, bytes("m")), undefined);
      const backend = await store.reopen();
      assert.equal(pairs(backend.slice(key, all)), "x=7 y=8");
      backend.put(key, bytes("z"), bytes("9"));
      await backend.commit();
      assert.equal(pairs(backend.slice(key, all)), "x=7 y=8 z=9");
      await backend.close();
    },
  },
  {
    name: "tells in which moment reads begin to see what replaces it, open views or not",
    async run(open, assert) {
      const { backend } = await open();
      backend.put(key, bytes("a"), bytes("1"));
      await backend.commit();
      backend.put(key, bytes("b"), bytes("2"));
      const view = backend.view();
      const seen: string[] = [];
      const replacing = backend.replace(pairsOf({ x: "7" }), () => {
        seen.push(pairs(backend.slice(key, all)));
        view.close();
      });
      for (let turn = 0; turn < 20 && seen.length === 0; turn++) {
        const now = pairs(backend.slice(key, all));
        if (now !== "a=1 b=2") seen.push(`${now} untold`);
        await undefined;
      }
      await replacing;
      assert.equal(seen.join(), "x=7");
      await backend.close();
    },
  },
  {
    name: "stays what it was when the pairs that should replace it end in an error",
    async run(open, assert) {
      const store = await open();
      store.backend.put(key, bytes("a"), bytes("1"));
      await store.backend.commit();
      const outcome = await store.backend.replace(failingAfter({ x: "7" })).then(
        () => "replaced",
        (error: Error) => error.message,
      );
      assert.equal(outcome, "cut off");
      assert.equal(pairs(store.backend.slice(key, all)), "a=1");
      const backend = await store.reopen();
      assert.equal(pairs(backend.slice(key, all)), "a=1");
      await backend.close();
    },
  },
  {
    name: "commits what is staged during a commit with the next one, once for all who ask",
    async run(open, assert) {
      const store = await open();
      const { backend } = store;
      backend.put(key, bytes("a"), bytes("1"));
      const first = backend.commit();
      backend.put(key, bytes("b"), bytes("2"));
      await Promise.all([first, backend.commit(), backend.commit()]);
      assert.equal(backend.stagedBytes, 0);
      const again = await store.reopen();
      assert.equal(pairs(again.slice(key, all)), "a=1 b=2");
      await again.close();
    },
  },
  {
    name: "hands out values that later reads and writes leave alone, of any size, empty ones too",
    async run(open, assert) {
      const { backend } = await open();
      const sizes = [0, 1, 100, 5_000, 40_000, 3_000_000];
      for (const size of sizes) backend.put(key, bytes(`k${size}`), new Uint8Array(size).fill(size % 251));
      await backend.commit();
      const values = sizes.map((size) => backend.get(key, bytes(`k${size}`)));
      const sliced = backend.slice(key, all);
      for (const size of sizes) backend.put(key, bytes(`k${size}`), new Uint8Array(size).fill(7));
      await backend.commit();
      for (const size of sizes) backend.get(key, bytes(`k${size}`));
      sizes.forEach((size, i) => {
        assert.equal(values[i]?.length, size);
        assert.equal(
          values[i]?.every((byte) => byte === size % 251),
          true,
        );
      });
      assert.equal(
        sliced.every(({ value }) => value.every((byte) => byte === value.length % 251)),
        true,
      );
      await backend.close();
    },
  },
  {
    name: "goes on reading and writing while it is defragmented, and keeps everything",
    async run(open, assert) {
      const store = await open();
      const { backend } = store;
      for (let n = 0; n < 500; n++) backend.put(key, Uint8Array.of(n >> 8, n & 255), new Uint8Array(2_000).fill(n));
      await backend.commit();
      for (let n = 10; n < 500; n++) backend.delete(key, Uint8Array.of(n >> 8, n & 255));
      await backend.commit();
      const done = backend.defragment();
      backend.put(buckets.meta, bytes("m"), bytes("1"));
      const committed = backend.commit();
      assert.equal(backend.get(key, Uint8Array.of(0, 3))?.[0], 3);
      await Promise.all([done, committed]);
      assert.equal(backend.slice(key, all).length, 10);
      assert.equal(backend.sizeInUseBytes <= backend.sizeBytes, true);
      const again = await store.reopen();
      assert.equal(again.slice(key, all).length, 10);
      assert.equal(text(again.get(buckets.meta, bytes("m"))), "1");
      await again.close();
    },
  },
];
