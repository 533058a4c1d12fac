import assert from "node:assert/strict";
import { test } from "node:test";
import { PasswordsBusyError, QueuedPasswords, withBusyAnswer } from "./queued-passwords.ts";

test("passwords are checked two at a time, the line has an end, and everybody in it is served", async () => {
  const finish: (() => void)[] = [];
  let started = 0;
  const matches = (): Promise<boolean> => {
    started++;
    return new Promise((resolve) => finish.push(() => resolve(true)));
  };
  const queued = new QueuedPasswords({ matches, hash: () => Promise.reject(new Error("no hash")) });
  const checks = Array.from({ length: 66 }, () => queued.matches("a", "b"));
  assert.equal(started, 2);
  await assert.rejects(queued.matches("a", "b"), PasswordsBusyError);
  for (let done = 0; done < 66; done++) {
    finish.shift()!();
    for (let i = 0; i < 10; i++) await Promise.resolve();
    assert.ok(finish.length <= 2);
  }
  assert.equal((await Promise.all(checks)).length, 66);
  await assert.rejects(queued.hash("a"), /no hash/);
});

test("who comes when the line of checks is full is told to come again", async () => {
  const answer = await withBusyAnswer(() => Promise.reject(new PasswordsBusyError("too many passwords to check")))({
    method: "GET",
    path: "/",
    query: "",
    headers: {},
    body: new Uint8Array(0),
    tls: undefined,
    remoteAddress: "",
    signal: new AbortController().signal,
  });
  assert.equal(answer.status, 503);
});
