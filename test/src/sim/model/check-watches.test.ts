import assert from "node:assert/strict";
import { test } from "node:test";
import type { AnyCall, History, Kv, SeenEvent, Told, WatchLog } from "../history.ts";
import { buildModel } from "./build-model.ts";
import { checkWatches } from "./check-watches.ts";
import { Compactions } from "./compactions.ts";

const put = (key: string): SeenEvent => {
  const kv: Kv = { key, value: "v", createRevision: 2, modRevision: 2, version: 1, lease: 0n };
  return { revision: 2, key, kv, prevKv: undefined };
};
const deletion = (key: string): SeenEvent => ({ revision: 2, key, kv: undefined, prevKv: undefined });

/** What is wrong with a watch of everything but deletions that begins at revision 2, all of which a compaction may have come before. */
function complaintsOf(told: readonly SeenEvent[]): string[] {
  const watch = { step: 1, key: "\0", end: "\0", prevKv: false };
  const events = (list: readonly SeenEvent[]): Told => ({ kind: "events", at: 5, ms: 0, revision: 2, events: list });
  const everything = [put("b"), deletion("b"), put("c")];
  const observer: WatchLog = { ...watch, filters: [], told: [events(everything)] };
  const begun: Told = { kind: "created", at: 4, revision: 2, life: 1, from: 2 };
  const watches: WatchLog[] = [{ ...watch, filters: [1], told: [begun, events(told)] }];
  const compaction = {
    kind: "compact",
    request: { revision: 2, physical: true },
    calledAt: 2,
    returnedAt: 3,
    response: {},
  };
  const history: History = { calls: [compaction as unknown as AnyCall], observer, watches };
  return checkWatches(history, { model: buildModel(observer), compactions: new Compactions(history) });
}

test("a put that the revision of a compaction undid itself may be missing, also for who hears of no deletions", () => {
  assert.deepEqual(complaintsOf([put("c")]), []);
  assert.deepEqual(complaintsOf([put("b"), put("c")]), []);
});

test("what the revision of a compaction left is never missing", () => {
  assert.match(complaintsOf([put("b")])[0]!, /^watch of step 1: was told/);
});
