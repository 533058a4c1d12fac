/** A member as the pages for operators see it. */
import { AlarmType } from "@etcd-ts/proto";
import type { PinoLogger } from "./adapters/index.ts";
import type { OpsMember } from "./api/ops/index.ts";
import type { Member } from "./member/index.ts";

const alarmNames: Readonly<Record<number, string>> = { [AlarmType.NOSPACE]: "NOSPACE", [AlarmType.CORRUPT]: "CORRUPT" };

/** Makes the view; it holds nothing of its own. */
export function opsMemberOf(member: Member, log: PinoLogger): OpsMember {
  return {
    alarms: () => member.alarms.get(AlarmType.NONE).map((one) => alarmNames[one.alarm] ?? String(one.alarm)),
    hasLeader: () => member.leaderId !== 0n,
    isLearner: () => member.isLearner,
    read: ({ serializable }) => readOnce(member, serializable),
    clusterVersion: () => member.membership.clusterVersion,
    storageVersion: () => member.membership.clusterVersion,
    debugVars: () => ({}),
    setLogLevel: (level) => log.setLevel(level),
  };
}

/** A read has to pass through everything a client's read passes through; what it finds does not matter. */
function readOnce(member: Member, serializable: boolean): Promise<string | undefined> {
  if (serializable) return Promise.resolve(member.failure?.message);
  return new Promise((resolve) => member.linearizableRead((error) => resolve(error?.message)));
}
