import assert from "node:assert/strict";
import { test } from "node:test";
import { Role } from "@etcd-ts/raft";
import type { PinoLogger } from "./adapters/index.ts";
import type { Member } from "./member/index.ts";
import { opsMemberOf } from "./ops-member-of.ts";

function viewOf(member: Partial<Record<keyof Member, unknown>>) {
  return opsMemberOf(member as unknown as Member, {} as PinoLogger);
}

test("a serializable read reads: a store that cannot be read is told", async () => {
  const store = {
    range: () => {
      throw new Error("the disk has gone");
    },
  };
  assert.equal(await viewOf({ store, failure: undefined }).read({ serializable: true }), "the disk has gone");
  const works = viewOf({ store: { range: () => ({}) }, failure: undefined });
  assert.equal(await works.read({ serializable: true }), undefined);
});

test("/debug/vars has etcd's variables", () => {
  const raftStatus = () => ({
    ...{ id: 0x1an, term: 3, vote: 0x1an, commit: 9, applied: 8, leader: 0x1an, role: Role.leader, transferee: 0n },
  });
  const vars = viewOf({ raftStatus }).debugVars();
  assert.deepEqual(Object.keys(vars).sort(), ["cmdline", "file_descriptor_limit", "memstats", "raft.status"]);
  assert.deepEqual(vars["raft.status"], {
    ...{ id: "1a", term: 3, vote: "1a", commit: 9, applied: 8, lead: "1a", raftState: "StateLeader" },
    leadtransferee: "0",
  });
  assert.ok((vars["memstats"] as { HeapAlloc: number }).HeapAlloc > 0);
});
