import assert from "node:assert/strict";
import { test } from "node:test";
import { askHandler, serveDialect, textOf } from "./testing/ask.ts";

const sets = [
  ["0.2", '{"action":"set","key":"/a","prevValue":"1","value":"2","modifiedIndex":3}'],
  [
    "0.3",
    '{"action":"set","node":{"key":"/a","value":"2","modifiedIndex":3,"createdIndex":3},"prevNode":{"key":"/a","value":"1","modifiedIndex":2,"createdIndex":2}}',
  ],
  [
    "0.4",
    '{"action":"set","node":{"key":"/a","value":"2","modifiedIndex":4,"createdIndex":4},"prevNode":{"key":"/a","value":"1","modifiedIndex":3,"createdIndex":3}}',
  ],
] as const;

for (const [dialect, expected] of sets) {
  test(`a second set is told in the words of ${dialect}`, async () => {
    const { ask } = serveDialect(dialect);
    await ask("PUT /v2/keys/a", { form: "value=1" });
    assert.equal(await textOf(await ask("PUT /v2/keys/a", { form: "value=2" })), expected);
  });
}

test("one tree looks to every generation as its own would", async () => {
  const { ask, member } = serveDialect("0.4");
  await ask("PUT /v2/keys/d/a", { form: "value=1" });
  const flat = serveDialect("0.2");
  flat.member.store.restoreSnapshot(member.store.encodeSnapshot());
  const expected =
    '{"action":"get","key":"/d","dir":true,"kvs":[{"key":"/d/a","value":"1","modifiedIndex":3}],"modifiedIndex":3}';
  assert.equal(await textOf(await flat.ask("GET /v2/keys/d")), expected);
});

for (const dialect of ["0.2", "0.3", "0.4"] as const) {
  test(`a member of ${dialect} that does not lead sends writers to the leader, and readers only when they ask`, async () => {
    const { ask, member } = serveDialect(dialect);
    const leader = { id: 7n, name: "m1", peerUrls: ["http://p:2"], clientUrls: ["http://c:2/"] };
    const own = member.members();
    member.members = () => [...own, leader];
    member.leader = 7n;
    const lines = [
      "PUT /v2/keys/a?x=1",
      "POST /v2/keys/a",
      "DELETE /v2/keys/a",
      "POST /v1/keys/a?value=1",
      "GET /v2/keys/a%20b?consistent=true",
    ];
    for (const line of lines) {
      const { status, headers } = await ask(line);
      assert.equal(status, 307, line);
      assert.equal(headers["Location"], `http://c:2${line.split(" ")[1]}`);
    }
    assert.notEqual((await ask("GET /v2/keys/a")).status, 307);
    assert.equal(await textOf(await ask("GET /v2/leader")), "http://p:2");
    assert.equal(await textOf(await ask("GET /v2/machines")), "http://c:2/, http://c:1");
  });

  test(`a member of ${dialect} that knows no leader says so`, async () => {
    const { ask, member } = serveDialect(dialect);
    member.leader = undefined;
    const write = await ask("PUT /v2/keys/a", { form: "value=1" });
    assert.equal(write.status, 500);
    assert.match(await textOf(write), /^\{"errorCode":300,"message":"Raft Internal Error","index":\d\}\n$/);
    assert.match(await textOf(await ask("GET /v2/leader")), /"errorCode":301,"message":"During Leader Election"/);
  });
}

test("0.4 administers machines on its peer port", async () => {
  const { peer, member } = serveDialect("0.4");
  const machine = '{"name":"m0","state":"leader","clientURL":"http://c:1","peerURL":"http://p:1"}';
  assert.equal(await textOf(await askHandler(peer, "GET /v2/admin/machines")), `[${machine}]\n`);
  assert.equal(await textOf(await askHandler(peer, "GET /v2/admin/machines/m0")), `${machine}\n`);
  assert.equal(await textOf(await askHandler(peer, "GET /v2/admin/machines/none")), "null\n");
  assert.equal((await askHandler(peer, "DELETE /v2/admin/machines/none")).body, "");
  const gone = await askHandler(peer, "DELETE /v2/admin/machines/m0");
  assert.deepEqual(gone.body, Uint8Array.of(member.raftIndex(), 0, 0, 0, 0, 0, 0, 0));
  assert.deepEqual(member.members(), []);
  assert.equal(member.peek("/1/_etcd/machines/m0"), undefined);
});

test("the page of a redirect to the leader holds no markup of the client's", async () => {
  const { ask, member } = serveDialect("0.4");
  const leader = { id: 7n, name: "m1", peerUrls: ["http://p:2"], clientUrls: ["http://c:2"] };
  const own = member.members();
  member.members = () => [...own, leader];
  member.leader = 7n;
  const page = await textOf(await ask('GET /v2/keys/a?consistent=true&x="><script>'));
  assert.equal(page.includes("<script>"), false);
});

test("asking for the cluster's configuration is no client's read", async () => {
  const { peer, member } = serveDialect("0.4");
  const before = member.storeStats();
  assert.equal((await askHandler(peer, "GET /v2/admin/config")).status, 200);
  assert.deepEqual(member.storeStats(), before);
});
