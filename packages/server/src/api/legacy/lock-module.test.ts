import assert from "node:assert/strict";
import { test } from "node:test";
import { etcdError } from "@etcd-ts/proto";
import type { HttpResponse } from "../../ports/index.ts";
import { type ServedDialect, serveDialect, settled, textOf } from "./testing/ask.ts";

/** Moves time on, expiring what is due on the way, as a leader would. */
async function pass(served: ServedDialect, seconds: number): Promise<void> {
  for (let i = 0; i < seconds * 2; i++) {
    served.clock.advance(500);
    await settled();
    served.member.sync();
    await settled();
  }
}

/** An answer under way, and whether it has come. */
function pending(answer: Promise<HttpResponse>): { answer: Promise<HttpResponse>; isThere: () => boolean } {
  let isThere = false;
  void answer.then(() => {
    isThere = true;
  });
  return { answer, isThere: () => isThere };
}

test("those who want a lock get it in the order they came, when it is let go or runs out", async () => {
  const served = serveDialect("0.3");
  const { ask } = served;
  const first = await textOf(await ask("POST /mod/v2/lock/l", { form: "ttl=3&value=a" }));
  const second = pending(ask("POST /mod/v2/lock/l", { form: "ttl=60&value=b" }));
  const third = pending(ask("POST /mod/v2/lock/l", { form: "ttl=60&value=c" }));
  await settled();
  assert.equal(await textOf(await ask("GET /mod/v2/lock/l")), "a");
  await pass(served, 4);
  assert.equal(await textOf(await ask("GET /mod/v2/lock/l")), "b");
  assert.deepEqual([second.isThere(), third.isThere()], [true, false]);
  assert.equal((await ask(`DELETE /mod/v2/lock/l?index=${await textOf(await second.answer)}`)).status, 200);
  await settled();
  assert.equal(third.isThere(), true);
  assert.ok(Number(await textOf(await third.answer)) > Number(first));
});

test("whoever waits keeps the place in line for longer than its time to live", async () => {
  const served = serveDialect("0.3");
  await served.ask("POST /mod/v2/lock/l", { form: "ttl=100&value=a" });
  const waiting = pending(served.ask("POST /mod/v2/lock/l", { form: "ttl=2&value=b" }));
  await pass(served, 20);
  assert.equal(waiting.isThere(), false);
  await served.ask("DELETE /mod/v2/lock/l?value=a");
  await settled();
  assert.equal(waiting.isThere(), true);
  await pass(served, 3);
  assert.equal(await textOf(await served.ask("GET /mod/v2/lock/l")), "");
});

test("a client that goes, and one whose timeout passes, leave the line and no watcher", async () => {
  const served = serveDialect("0.3");
  const { ask, member } = served;
  await ask("POST /mod/v2/lock/l", { form: "ttl=100&value=a" });
  const leaving = new AbortController();
  const gone = pending(ask("POST /mod/v2/lock/l", { form: "ttl=100&value=b", signal: leaving.signal }));
  const late = pending(ask("POST /mod/v2/lock/l", { form: "ttl=100&value=c&timeout=5" }));
  const hasty = await ask("POST /mod/v2/lock/l", { form: "ttl=100&value=d&timeout=0" });
  assert.equal(hasty.status, 500);
  leaving.abort();
  await pass(served, 6);
  assert.deepEqual([gone.isThere(), late.isThere()], [true, true]);
  assert.equal((await late.answer).status, 500);
  assert.equal(member.peek("/1/_etcd/mod/lock/l")?.nodes?.length, 1);
  assert.equal(member.store.stats.watchers, 0);
});

test("an election passes from leader to leader", async () => {
  const { ask } = serveDialect("0.3");
  await ask("PUT /mod/v2/leader/c", { form: "ttl=300&name=one" });
  const second = pending(ask("PUT /mod/v2/leader/c", { form: "ttl=300&name=two" }));
  await settled();
  assert.equal(await textOf(await ask("GET /mod/v2/leader/c")), "one");
  await ask("DELETE /mod/v2/leader/c?name=one");
  await settled();
  assert.equal((await second.answer).status, 200);
  assert.equal(await textOf(await ask("GET /mod/v2/leader/c")), "two");
});

test("the index of a lock leads to no key outside the lock", async () => {
  const { ask, member } = serveDialect("0.3");
  await ask("PUT /v2/keys/secret", { form: "value=x" });
  await ask("POST /mod/v2/lock/l", { form: "ttl=100&value=a" });
  const out = encodeURIComponent("../../../../secret");
  for (const line of ["DELETE", "PUT&value=y&ttl=9", "PUT&ttl=9"]) {
    const [method, ...fields] = line.split("&");
    const answer = await ask(`${method} /mod/v2/lock/l?${[`index=${out}`, ...fields].join("&")}`);
    assert.equal(answer.status, 500, line);
    assert.match(await textOf(answer), /^100: Key not found/);
  }
  assert.equal(member.peek("/1/secret")?.value, "x");
  assert.equal(member.peek("/1/secret")?.expiration, 0n);
});

test("a client that goes while the lock comes free does not get it", async () => {
  const served = serveDialect("0.3");
  const { ask, member } = served;
  await ask("POST /mod/v2/lock/l", { form: "ttl=100&value=a" });
  const leaving = new AbortController();
  const gone = pending(ask("POST /mod/v2/lock/l", { form: "ttl=100&value=b", signal: leaving.signal }));
  await settled();
  leaving.abort();
  await ask("DELETE /mod/v2/lock/l?value=a");
  await settled();
  assert.equal((await gone.answer).status, 500);
  assert.equal(member.peek("/1/_etcd/mod/lock/l")?.nodes?.length, 0);
});

test("a lock whose last renewal failed is not told as held", async () => {
  const { ask, member } = serveDialect("0.3");
  const propose = member.propose.bind(member);
  member.propose = (request) => (request.method === "PUT" ? Promise.reject(etcdError("timeout")) : propose(request));
  const answer = await ask("POST /mod/v2/lock/l", { form: "ttl=100&value=a" });
  assert.equal(answer.status, 500);
  assert.match(await textOf(answer), /^300: Raft Internal Error/);
});

test("a renewal that fails unexpectedly ends the wait, not the process", async () => {
  const served = serveDialect("0.3");
  const { ask, member } = served;
  await ask("POST /mod/v2/lock/l", { form: "ttl=1000&value=a" });
  const waiting = pending(ask("POST /mod/v2/lock/l", { form: "ttl=2&value=b" }));
  await settled();
  const propose = member.propose.bind(member);
  member.propose = (request) => (request.method === "PUT" ? Promise.reject(new TypeError("bug")) : propose(request));
  await pass(served, 2);
  assert.equal(waiting.isThere(), true);
  assert.equal((await waiting.answer).status, 500);
});
