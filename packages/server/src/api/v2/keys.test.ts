import assert from "node:assert/strict";
import { test } from "node:test";
import { etcdError } from "@etcd-ts/proto";
import { serveDialect, settled, textOf } from "../legacy/testing/index.ts";

test("a key is set, read and removed in the words of 3.4", async () => {
  const { ask } = serveDialect("3.4");
  const set = await ask("PUT /v2/keys/a", { form: "value=one" });
  assert.equal(set.status, 201);
  assert.equal(
    await textOf(set),
    '{"action":"set","node":{"key":"/a","value":"one","modifiedIndex":4,"createdIndex":4}}\n',
  );
  assert.equal(set.headers["X-Etcd-Index"], "4");
  assert.equal(set.headers["X-Etcd-Cluster-Id"], "cdf818194e3a8c32");
  const gone = await textOf(await ask("DELETE /v2/keys/a"));
  const prevNode = '"prevNode":{"key":"/a","value":"one","modifiedIndex":4,"createdIndex":4}';
  assert.equal(gone, `{"action":"delete","node":{"key":"/a","modifiedIndex":5,"createdIndex":4},${prevNode}}\n`);
  const missing = await ask("GET /v2/keys/a");
  assert.equal(missing.status, 404);
  assert.equal(await textOf(missing), '{"errorCode":100,"message":"Key not found","cause":"/a","index":5}\n');
});

test("a watch sends its headers at once, one event, and ends", async () => {
  const { ask, member } = serveDialect("3.4");
  const watch = await ask("GET /v2/keys/a?wait=true");
  assert.equal(watch.headers["X-Etcd-Index"], "3");
  const text = textOf(watch);
  await ask("PUT /v2/keys/a", { form: "value=x" });
  assert.match(await text, /^\{"action":"set"[^\n]*\}\n$/);
  assert.equal(member.store.stats.watchers, 0);
});

for (const dialect of ["0.2", "0.3", "0.4", "2.3", "3.4"] as const) {
  test(`no watcher is left behind by a client of ${dialect} that goes before or while it waits`, async () => {
    const { ask, member } = serveDialect(dialect);
    const lines = [
      "GET /v2/keys/a?wait=true",
      "GET /v2/keys/a?wait=true&stream=true&recursive=true",
      "GET /v1/watch/a",
    ];
    for (const line of lines) {
      const leaving = new AbortController();
      const answer = ask(line, { signal: leaving.signal });
      await settled();
      leaving.abort();
      await textOf(await answer);
      const gone = await ask(line, { signal: leaving.signal });
      assert.notEqual(gone.status, 500);
      assert.equal(member.store.stats.watchers, 0, line);
    }
  });
}

test("what the member cannot do now is an internal error that moves nothing", async () => {
  const { ask, member } = serveDialect("3.4");
  member.propose = () => Promise.reject(etcdError("timeout"));
  const answer = await ask("PUT /v2/keys/a", { form: "value=x" });
  assert.equal(answer.status, 500);
  const expected =
    '{"errorCode":300,"message":"Raft Internal Error","cause":"etcdserver: request timed out","index":0}\n';
  assert.equal(await textOf(answer), expected);
});

test("a bug in the member is not taken for an answer", async () => {
  const { ask, member } = serveDialect("3.4");
  member.propose = () => Promise.reject(new TypeError("bug"));
  await assert.rejects(ask("PUT /v2/keys/a", { form: "value=x" }), TypeError);
});

test("paths deeper than any stack could follow, and much longer than keys are, are refused on every API", async () => {
  const deep = "/x".repeat(5000);
  assert.equal((await serveDialect("3.4").ask(`PUT /v2/keys${deep}`)).status, 400);
  assert.equal((await serveDialect("0.4").ask(`PUT /v2/keys${deep}`)).status, 400);
  assert.equal((await serveDialect("0.4").ask(`PUT /v1/keys${deep}`, { form: "value=x" })).status, 400);
  const long = `/${"x".repeat(20_000)}`;
  assert.equal((await serveDialect("3.4").ask(`PUT /v2/keys${long}`)).status, 400);
  assert.equal((await serveDialect("0.4").ask(`PUT /v2/keys${long}`)).status, 400);
  for (const module of ["lock", "leader"]) {
    const line = `POST /mod/v2/${module}${deep}`;
    const { status } = await serveDialect("0.3").ask(line.replace("POST", module === "lock" ? "POST" : "PUT"), {
      form: "ttl=9&name=n",
    });
    assert.equal(status, 400, module);
  }
});
