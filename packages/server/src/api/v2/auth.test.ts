import assert from "node:assert/strict";
import { test } from "node:test";
import { Request } from "@etcd-ts/proto";
import type { Dialect } from "../legacy/testing/index.ts";
import { type Asked, askHandler, type ServedDialect, serveDialect, settled, textOf } from "../legacy/testing/index.ts";

const basic = (name: string, password: string): Asked["headers"] => ({
  authorization: `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`,
});
const asRoot = basic("root", "pw");

/** Puts users and roles into the tree as any member of the cluster might have, and turns checking on. */
function withAuth(dialect: Dialect): ServedDialect {
  const served = serveDialect(dialect);
  const role = (name: string, kv: unknown): [string, string] => [
    `/2/roles/${name}`,
    JSON.stringify({ role: name, permissions: { kv } }),
  ];
  const user = (name: string, roles: string[]): [string, string] => [
    `/2/users/${name}`,
    JSON.stringify({ user: name, password: "plain:pw", roles }),
  ];
  const files = [
    role("guest", { read: ["/pub/*"], write: [] }),
    role("reader", { read: ["/priv/*"], write: ["/priv/w"] }),
    user("root", []),
    user("u", ["reader", "missing"]),
    ["/2/enabled", "true"],
    ["/1/pub/a", "1"],
    ["/1/priv/a", "1"],
  ] as const;
  for (const [path, val] of files) served.member.store.apply(Request.create({ method: "PUT", path, val }));
  return served;
}

const askers = {
  guest: undefined,
  root: asRoot,
  u: basic("u", "pw"),
  "u with a wrong password": basic("u", "no"),
  nobody: basic("x", "pw"),
  "someone with a token": { authorization: "Bearer pw" },
  "someone unreadable": { authorization: "Basic !!!" },
} satisfies Record<string, Asked["headers"]>;

const everybody = Object.keys(askers) as (keyof typeof askers)[];

const rights = [
  { line: "GET /v2/keys/pub/a", allowed: ["guest", "root"] },
  { line: "HEAD /v2/keys/pub/a", allowed: ["guest", "root"] },
  { line: "GET /v2/keys/pub/?recursive=true", allowed: ["guest", "root"] },
  { line: "GET /v2/keys/priv/a", allowed: ["root", "u"] },
  { line: "GET /v2/keys/priv/?recursive=true", allowed: ["root", "u"] },
  { line: "GET /v2/keys/priv?recursive=true", allowed: ["root"] },
  { line: "GET /v2/keys/", allowed: ["root"] },
  { line: "PUT /v2/keys/priv/w", allowed: ["root", "u"] },
  { line: "PUT /v2/keys/priv/x", allowed: ["root"] },
  { line: "POST /v2/keys/pub", allowed: ["root"] },
  { line: "DELETE /v2/keys/priv/w?recursive=true", allowed: ["root"] },
  { line: "POST /v2/members", allowed: ["root"] },
  { line: "DELETE /v2/members/1", allowed: ["root"] },
  { line: "GET /v2/members", allowed: everybody },
  { line: "GET /v2/auth/users", allowed: ["root"] },
  { line: "PUT /v2/auth/users/y", allowed: ["root"] },
  { line: "DELETE /v2/auth/roles/reader", allowed: ["root"] },
  { line: "GET /v2/auth/enable", allowed: everybody },
  { line: "DELETE /v2/auth/enable", allowed: ["root"] },
];

for (const { line, allowed } of rights) {
  test(`${line} is for ${allowed.length === everybody.length ? "everybody" : allowed.join(" and ")}`, async () => {
    for (const who of everybody) {
      const { status } = await withAuth("3.4").ask(line, { headers: askers[who] ?? {}, form: "value=x" });
      assert.equal(status !== 401, allowed.includes(who), `${who}: ${status}`);
    }
  });
}

const legacyRights = [
  { dialect: "0.2", line: "GET /v1/keys/priv/a" },
  { dialect: "0.2", line: "PUT /v2/keys/pub/a" },
  { dialect: "0.3", line: "GET /v2/keys/priv/a?wait=true" },
  { dialect: "0.3", line: "GET /v1/watch/priv/a" },
  { dialect: "0.3", line: "POST /mod/v2/lock/l?ttl=5" },
  { dialect: "0.3", line: "GET /mod/v2/lock/l" },
  { dialect: "0.3", line: "PUT /mod/v2/leader/l?ttl=5&name=n" },
  { dialect: "0.4", line: "DELETE /v2/keys/pub/a" },
  { dialect: "0.4", line: "POST /v1/keys/pub/a?value=x" },
  { dialect: "0.4", line: "HEAD /v2/keys/priv/a" },
  { dialect: "0.4", line: "GET /v2/migration/snapshot" },
] as const;

for (const { dialect, line } of legacyRights) {
  test(`${line} is refused to a guest by a listener of ${dialect} too`, async () => {
    const { ask } = withAuth(dialect);
    const { status } = await ask(line);
    assert.equal(status, dialect === "0.2" ? 400 : 401);
  });
}

test("the peer port of 0.4 lets root alone change machines and configuration", async () => {
  const { peer } = withAuth("0.4");
  assert.equal((await askHandler(peer, "PUT /v2/admin/config", { json: {} })).status, 401);
  assert.equal((await askHandler(peer, "DELETE /v2/admin/machines/m0")).status, 401);
  assert.equal((await askHandler(peer, "PUT /v2/admin/config", { json: {}, headers: asRoot ?? {} })).status, 200);
});

test("a password that was right is wrong once it is changed", async () => {
  const { ask } = withAuth("3.4");
  const read = (): Promise<number> =>
    ask("GET /v2/keys/priv/a", { headers: askers.u ?? {} }).then(({ status }) => status);
  assert.equal(await read(), 200);
  assert.equal(await read(), 200);
  const changed = await ask("PUT /v2/auth/users/u", { json: { user: "u", password: "new" }, headers: asRoot ?? {} });
  assert.equal(changed.status, 200);
  assert.equal(await read(), 401);
});

test("a guest with exactly one key has nothing below it", async () => {
  const { ask, member } = withAuth("3.4");
  const permissions = { kv: { read: ["/d"], write: ["/d"] } };
  const guest = JSON.stringify({ role: "guest", permissions });
  member.store.apply(Request.create({ method: "PUT", path: "/2/roles/guest", val: guest }));
  member.store.apply(Request.create({ method: "PUT", path: "/1/d/secret", val: "x" }));
  assert.equal((await ask("GET /v2/keys/d")).status, 200);
  assert.equal((await ask("GET /v2/keys/d?recursive=true")).status, 401);
  assert.equal((await ask("DELETE /v2/keys/d?recursive=true")).status, 401);
  assert.ok(member.peek("/1/d/secret") !== undefined);
});

for (const line of ["GET /v2/keys/pub/k?wait=true&waitIndex=1", "POST /v1/watch/pub/k?index=1"])
  test(`${line} of 0.2 shows a guest no key that only begins with the same text`, async () => {
    const { ask, member } = withAuth("0.2");
    const guest = JSON.stringify({ role: "guest", permissions: { kv: { read: ["/pub/k"], write: [] } } });
    member.store.apply(Request.create({ method: "PUT", path: "/2/roles/guest", val: guest }));
    member.store.apply(Request.create({ method: "PUT", path: "/1/pub/k-secret", val: "hidden" }));
    const leaving = new AbortController();
    const answer = ask(line, { signal: leaving.signal });
    await settled();
    leaving.abort();
    assert.equal((await textOf(await answer)).includes("hidden"), false);
  });
