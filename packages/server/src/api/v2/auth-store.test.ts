import assert from "node:assert/strict";
import { test } from "node:test";
import { etcdError } from "@etcd-ts/proto";
import { type ServedDialect, serveDialect, textOf } from "../legacy/testing/index.ts";
import { V2AuthStore } from "./auth-store.ts";

type Step = readonly [line: string, json: unknown, status: number, body: string];

async function run({ ask }: ServedDialect, steps: readonly Step[]): Promise<void> {
  for (const [line, json, status, body] of steps) {
    const answer = await ask(line, json === undefined ? {} : { json });
    assert.deepEqual([answer.status, (await textOf(answer)).trimEnd()], [status, body], line);
  }
}

const kv = (read: string[] | null, write: string[] | null): unknown => ({ kv: { read, write } });

test("roles are made, changed and removed, and every mistake is named", async () => {
  const shown = '{"role":"r","permissions":{"kv":{"read":["/a"],"write":null}}}';
  const granted = '{"role":"r","permissions":{"kv":{"read":["/a","/b"],"write":[]}}}';
  const revoked = '{"role":"r","permissions":{"kv":{"read":["/b"],"write":[]}}}';
  await run(serveDialect("3.4"), [
    ["GET /v2/auth/roles/r", undefined, 404, '{"message":"auth: Role r does not exist."}'],
    ["PUT /v2/auth/roles/r", { role: "r", permissions: kv(["/a"], null) }, 201, shown],
    ["PUT /v2/auth/roles/r", { role: "r" }, 409, '{"message":"auth: Role r already exists."}'],
    ["PUT /v2/auth/roles/r", { role: "s" }, 400, '{"message":"Role JSON name does not match the name in the URL"}'],
    ["PUT /v2/auth/roles/r", { role: "r", grant: kv(["/b"], null) }, 200, granted],
    [
      "PUT /v2/auth/roles/r",
      { role: "r", grant: kv(["/b"], null) },
      409,
      '{"message":"auth: Granting duplicate read permission /b"}',
    ],
    ["PUT /v2/auth/roles/r", { role: "r", revoke: kv(["/a", "/x"], null) }, 200, revoked],
    [
      "PUT /v2/auth/roles/r",
      { role: "r", revoke: kv(["/x"], null) },
      400,
      '{"message":"auth: Role not updated. Use grant/revoke to update the role."}',
    ],
    ["PUT /v2/auth/roles/root", { role: "root" }, 403, '{"message":"auth: Cannot modify role root: is root role."}'],
    ["DELETE /v2/auth/roles/root", undefined, 403, '{"message":"auth: Cannot modify role root: is root role."}'],
    ["DELETE /v2/auth/roles/r", undefined, 200, ""],
    ["DELETE /v2/auth/roles/r", undefined, 404, '{"message":"auth: Role r doesn\'t exist."}'],
    [
      "PUT /v2/auth/roles/r",
      { role: "r", permissions: { kv: { read: "all" } } },
      400,
      '{"message":"Invalid JSON in request body."}',
    ],
  ]);
});

test("users are made, changed and removed, and passwords are never told", async () => {
  await run(serveDialect("3.4"), [
    ["PUT /v2/auth/users/u", { user: "u", password: "pw" }, 201, '{"user":"u","roles":null}'],
    [
      "PUT /v2/auth/users/u",
      { user: "u", password: "pw", roles: ["r"] },
      409,
      '{"message":"auth: User u already exists."}',
    ],
    ["PUT /v2/auth/users/u", { user: "u", grant: ["r", "q"] }, 200, '{"user":"u","roles":["q","r"]}'],
    [
      "PUT /v2/auth/users/u",
      { user: "u", revoke: ["x"] },
      409,
      '{"message":"auth: Revoking ungranted role x for user u"}',
    ],
    [
      "PUT /v2/auth/users/u",
      { user: "u" },
      400,
      '{"message":"auth: User not updated. Use grant/revoke/password to update the user."}',
    ],
    ["GET /v2/auth/users", undefined, 200, '{"users":[{"user":"u"}]}'],
    ["DELETE /v2/auth/users/u", undefined, 200, ""],
    ["DELETE /v2/auth/users/u", undefined, 404, '{"message":"auth: User u does not exist"}'],
  ]);
});

test("checking cannot be turned on without root, and then makes a guest who may do everything", async () => {
  const served = serveDialect("3.4");
  await run(served, [
    ["DELETE /v2/auth/enable", undefined, 409, '{"message":"auth: already disabled"}'],
    ["PUT /v2/auth/enable", undefined, 409, '{"message":"auth: No root user available, please create one"}'],
    ["PUT /v2/auth/users/root", { user: "root", password: "pw" }, 201, '{"user":"root","roles":["root"]}'],
    ["PUT /v2/auth/enable", undefined, 200, ""],
    ["GET /v2/auth/enable", undefined, 200, '{"enabled":true}'],
    ["PUT /v2/auth/enable", undefined, 401, '{"message":"Insufficient credentials"}'],
  ]);
  assert.equal((await served.ask("PUT /v2/keys/a", { form: "value=x" })).status, 201);
});

test("a change that the log did not take is an internal error, whatever was asked", async () => {
  const served = serveDialect("3.4");
  served.member.propose = () => Promise.reject(etcdError("timeout"));
  const error = '{"message":"Internal Server Error"}';
  await run(served, [
    ["PUT /v2/auth/users/u", { user: "u", password: "pw" }, 500, error],
    ["PUT /v2/auth/roles/r", { role: "r" }, 500, error],
    ["DELETE /v2/auth/roles/r", undefined, 500, error],
  ]);
});

test("a role that is taken from a user while a new password is hashed does not come back", async () => {
  const { member } = serveDialect("3.4");
  let hashed: (() => void) | undefined;
  let waits = false;
  const hash = (password: string): Promise<string> =>
    waits ? new Promise((resolve) => (hashed = () => resolve(`plain:${password}`))) : Promise.resolve("plain:old");
  const store = new V2AuthStore({ member, passwords: { hash, matches: () => Promise.resolve(true) } });
  const user = { user: "u", password: "", roles: null, grant: null, revoke: null };
  await store.createUser({ ...user, password: "old", roles: ["r"] });
  waits = true;
  const change = store.updateUser({ ...user, password: "new" });
  await store.updateUser({ ...user, revoke: ["r"] });
  hashed?.();
  await change;
  assert.deepEqual(store.user("u")?.roles, []);
  assert.equal(store.user("u")?.password, "plain:new");
});
