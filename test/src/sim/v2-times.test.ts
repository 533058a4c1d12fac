import assert from "node:assert/strict";
import { test } from "node:test";
import type { V2Call } from "./v2-history.ts";
import { endProblem } from "./v2-times.ts";

const calledWallMs = Date.parse("2020-01-01T00:00:00Z");

function asked(form: Readonly<Record<string, string>>): V2Call {
  const times = { calledMs: 0, returnedMs: 100, calledWallMs, returnedWallMs: calledWallMs + 100 };
  return { asked: { method: "PUT", form }, ...times } as unknown as V2Call;
}

const made = (expiration?: string) => ({ action: "create", node: { key: "/d", ...(expiration && { expiration }) } });

test("of two requests whose end nobody heard, the one with a time to live did not make the node that stays", () => {
  assert.match(endProblem(made(), { author: asked({ ttl: "4" }), knownMs: 50 })!, /no end/);
  assert.equal(endProblem(made(), { author: asked({}), knownMs: 50 }), undefined);
});

test("nor did the one without make the node that ends, or one with another time", () => {
  const ends = made("2020-01-01T00:00:04Z");
  assert.match(endProblem(ends, { author: asked({}), knownMs: 50 })!, /asked for no end/);
  assert.match(endProblem(ends, { author: asked({ ttl: "2" }), knownMs: 50 })!, /asked for between/);
  assert.equal(endProblem(ends, { author: asked({ ttl: "4" }), knownMs: 50 }), undefined);
});
