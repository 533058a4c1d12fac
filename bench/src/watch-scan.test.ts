import assert from "node:assert/strict";
import { test } from "node:test";
import { Event, KeyValue, ResponseHeader, WatchResponse } from "@etcd-ts/proto";
import { scanWatchResponse } from "./watch-scan.ts";

const header = ResponseHeader.create({ clusterId: 2n ** 64n - 1n, memberId: 2n ** 63n, revision: 5, raftTerm: 2 });

test("scanWatchResponse() reads id, creation and number of events", () => {
  const kv = KeyValue.create({ key: new Uint8Array(300), value: new Uint8Array(20_000) });
  for (const count of [0, 1, 7]) {
    const events = Array.from({ length: count }, () => Event.create({ kv }));
    const message = WatchResponse.encode(WatchResponse.create({ header, watchId: 200, events, created: count === 0 }));
    assert.deepEqual({ ...scanWatchResponse(message) }, { watchId: 200, created: count === 0, events: count });
  }
});

test("scanWatchResponse() forgets the message before", () => {
  scanWatchResponse(WatchResponse.encode(WatchResponse.create({ header, watchId: 9, created: true })));
  const empty = scanWatchResponse(WatchResponse.encode(WatchResponse.create({ header })));
  assert.deepEqual({ ...empty }, { watchId: 0, created: false, events: 0 });
});
