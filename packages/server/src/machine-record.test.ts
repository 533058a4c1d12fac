import assert from "node:assert/strict";
import { test } from "node:test";
import { Request } from "@etcd-ts/proto";
import { recordMachine } from "./machine-record.ts";
import type { Member } from "./member/index.ts";
import { silentLogger } from "./ports/index.ts";
import { FakeClock, MemoryBackend } from "./testing/index.ts";
import { type V2Result, V2Store } from "./v2/index.ts";

test("a member starts though clients have put a value where machines are recorded", async () => {
  const v2 = V2Store.open({ backend: new MemoryBackend() });
  v2.apply(Request.create({ method: "PUT", path: "/1/_etcd", val: "x" }));
  let proposed = 0;
  const member = {
    v2,
    options: { name: "m0", advertisePeerUrls: ["http://p:1"], advertiseClientUrls: ["http://c:1"] },
    failure: undefined,
    // Ends what would go on for ever.
    get stopping() {
      return proposed > 10;
    },
    proposeV2(request: Request, done: (error: undefined, result: V2Result) => void) {
      proposed++;
      done(undefined, v2.apply(request));
    },
  } as unknown as Member;
  const cluster = { activeSize: 9, removeDelay: 1800, syncInterval: 5 };
  await recordMachine(member, { dialects: ["0.4"], cluster, clock: new FakeClock(), log: silentLogger });
  assert.equal(proposed, 2, "machine and configuration, once each");
});
