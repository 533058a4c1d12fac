/** A member starts from what `etcdctl backup` leaves: a log, a snapshot file with the v2 tree, a bbolt file. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Request } from "@etcd-ts/proto";
import { MemoryDisk } from "../testing/index.ts";
import type { Member } from "./member.ts";
import { Machine } from "./testing/machine.ts";

const pageBytes = 4096;
const database = "m1.etcd/member/snap/db";

/** A bbolt file with one bucket, whose page stands inside it and says that it has so many keys. */
function bbolt(bucket: string, { keys }: { keys: number }): Uint8Array {
  const bytes = new Uint8Array(3 * pageBytes);
  const view = new DataView(bytes.buffer);
  for (const [page, transaction] of [
    [0, 7n],
    [1, 6n],
  ] as const) {
    const at = page * pageBytes + 16;
    view.setUint32(at, 0xed0cdaed, true);
    view.setUint32(at + 8, pageBytes, true);
    view.setBigUint64(at + 16, page === 0 ? 2n : 99n, true);
    view.setBigUint64(at + 48, transaction, true);
  }
  const root = 2 * pageBytes;
  view.setUint16(root + 8, 2, true);
  view.setUint16(root + 10, 1, true);
  const element = root + 16;
  view.setUint32(element, 1, true);
  view.setUint32(element + 4, 16, true);
  view.setUint32(element + 8, bucket.length, true);
  view.setUint32(element + 12, 32, true);
  bytes.set(new TextEncoder().encode(bucket), element + 16);
  view.setUint16(element + 16 + bucket.length + 16 + 10, keys, true);
  return bytes;
}

/** A data directory without its live store; some keys are in the snapshot file alone, others in the log. */
async function backedUp(): Promise<Machine> {
  const machine = new Machine();
  const member = await machine.start({ snapshotCount: 5, snapshotCatchupEntries: 1 });
  await machine.done((done) => void member.published().then(() => done()));
  for (let at = 0; at < 23; at++) {
    const request = Request.create({ method: "PUT", path: `/1/k/${at}`, val: `v${at}` });
    await machine.done((done) => member.proposeV2(request, done));
  }
  await member.stop();
  machine.store = new MemoryDisk();
  return machine;
}

function valuesIn({ v2 }: Member): (string | undefined)[] {
  const read = (path: string) => v2.read({ path, recursive: false, sorted: false, nowMs: 0 }).event?.node.value;
  return [read("/1/k/0"), read("/1/k/19"), read("/1/k/22")];
}

test("a backup has the keys of its snapshot file and of its log, its member and its index", async () => {
  const machine = await backedUp();
  machine.disk.place(database, bbolt("meta", { keys: 1 }));
  const member = await machine.start({ forceNewCluster: true });
  await machine.until(() => member.appliedIndex > 24);
  assert.deepEqual(valuesIn(member), ["v0", "v19", "v22"]);
  assert.deepEqual(
    member.membership.members.map(({ id, name, peerUrls }) => [id, name, peerUrls]),
    [[member.memberId, "m1", ["http://localhost:2380"]]],
  );
  await member.stop();
  const again = await machine.start();
  assert.deepEqual(valuesIn(again), ["v0", "v19", "v22"]);
});

for (const bucket of ["key", "lease", "authUsers"])
  test(`a bbolt file beside it with something in ${bucket} is refused: it would be lost`, async () => {
    const machine = await backedUp();
    machine.disk.place(database, bbolt(bucket, { keys: 0 }));
    await (await machine.start()).stop();
    machine.store = new MemoryDisk();
    machine.disk.place(database, bbolt(bucket, { keys: 1 }));
    await assert.rejects(machine.begin(), /holds state of version 3/);
  });

test("a bbolt file that cannot be read counts as one with keys", async () => {
  const machine = await backedUp();
  machine.disk.place(database, new Uint8Array(100));
  await assert.rejects(machine.begin(), /holds state of version 3/);
});

test("a member that has lost its live store is told so, and does not start with half of its keys", async () => {
  const machine = await backedUp();
  await assert.rejects(machine.begin(), /the live store is missing/);
});
