import assert from "node:assert/strict";
import { test } from "node:test";
import { type EtcdClient, type Message, SeededRandom } from "../harness/index.ts";
import { Writer } from "./writer.ts";

/** A store that accepts `count` transactions and then loses the answer of the next one. */
class FakeStore {
  readonly values = new Map<string, string>();
  revision = 1;
  lost: Message[] = [];
  left: number;
  succeeds = true;

  constructor(count: number) {
    this.left = count;
  }

  call(_method: string, request: Message): Promise<Message> {
    if (this.left-- === 0) {
      this.lost = request.success;
      return Promise.reject(new Error("connection lost"));
    }
    this.apply(request.success);
    return Promise.resolve({ header: { revision: String(this.revision) }, succeeded: this.succeeds });
  }

  apply(operations: readonly Message[]): void {
    this.revision++;
    for (const { requestPut, requestDeleteRange } of operations) {
      if (requestPut) this.values.set(String(requestPut.key), String(requestPut.value));
      else this.values.delete(String(requestDeleteRange.key));
    }
  }
}

async function crashed(count: number): Promise<{ writer: Writer; store: FakeStore }> {
  const writer = new Writer("w0", new SeededRandom(7));
  const store = new FakeStore(count);
  await writer.run(store as unknown as EtcdClient, () => store.left < 0);
  return { writer, store };
}

test("reconcile() accepts the operation in doubt both done and not done", async () => {
  const notDone = await crashed(50);
  assert.deepEqual(notDone.writer.reconcile(notDone.store.values), []);
  const done = await crashed(50);
  done.store.apply(done.store.lost);
  assert.deepEqual(done.writer.reconcile(done.store.values), []);
  assert.equal(done.writer.acknowledged.length, 50);
});

test("reconcile() complains about a lost acknowledged write", async () => {
  const { writer, store } = await crashed(50);
  const [key = ""] = store.values.keys();
  store.values.delete(key);
  assert.match(writer.reconcile(store.values).join(), new RegExp(`${key} holds nothing`));
});

test("reconcile() complains about half an operation", async () => {
  for (let count = 40; ; count++) {
    const { writer, store } = await crashed(count);
    if (store.lost.length < 2) continue;
    store.apply(store.lost.slice(0, 1));
    assert.equal(writer.reconcile(store.values).length, 1);
    return;
  }
});

test("run() complains when a comparison with acknowledged content fails", async () => {
  const store = new FakeStore(5);
  store.succeeds = false;
  const run = new Writer("w0", new SeededRandom(7)).run(store as unknown as EtcdClient, () => false);
  await assert.rejects(run, /comparison with acknowledged content failed/);
});
