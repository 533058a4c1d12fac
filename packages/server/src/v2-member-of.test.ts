import assert from "node:assert/strict";
import { test } from "node:test";
import { Request } from "@etcd-ts/proto";
import type { Member } from "./member/index.ts";
import { FakeClock } from "./testing/index.ts";
import { v2MemberOf } from "./v2-member-of.ts";

test("a full store takes no more keys over v2, but lets them be removed", async () => {
  const member = {
    admits: (costBytes: number) => costBytes === 0,
    proposeV2: (_request: Request, done: (error: undefined, result: object) => void) => done(undefined, {}),
  } as unknown as Member;
  const { propose } = v2MemberOf(member, { clock: new FakeClock(), stats: undefined });
  for (const method of ["PUT", "POST", "CAS"])
    await assert.rejects(propose(Request.create({ method, path: "/1/a", val: "x" })), /database space exceeded/);
  for (const method of ["DELETE", "QGET"])
    assert.deepEqual(await propose(Request.create({ method, path: "/1/a" })), {});
});
