import assert from "node:assert/strict";
import { test } from "node:test";
import { AlarmRequest, AlarmType } from "@etcd-ts/proto";
import { Machine, put } from "./testing/machine.ts";

test("a flood of requests that the quota refuses puts one alarm into the log, not one for each", async () => {
  const machine = new Machine();
  const member = await machine.start({ quotaBackendBytes: 1 });
  await machine.until(() => member.membership.clusterVersion !== undefined);
  const before = member.appliedIndex;
  for (let i = 0; i < 50; i++) {
    for (let n = 0; n < 20; n++) assert.equal(member.admits(1000), false);
    await machine.pass(10);
  }
  assert.ok(member.alarms.isActive(AlarmType.NOSPACE));
  assert.equal(member.appliedIndex, before + 1);
});

test("an alarm that was disarmed is raised again by the next request that the quota refuses", async () => {
  const machine = new Machine();
  const member = await machine.start({ quotaBackendBytes: 1 });
  member.admits(1000);
  await machine.until(() => member.alarms.isActive(AlarmType.NOSPACE));
  const { memberId } = member;
  const disarm = AlarmRequest.create({ action: 2, memberId, alarm: AlarmType.NOSPACE });
  await machine.done((done) => member.propose("alarm", AlarmRequest.encode(disarm), done));
  await put(machine, member, "key");
  member.admits(1000);
  await machine.until(() => member.alarms.isActive(AlarmType.NOSPACE));
});
