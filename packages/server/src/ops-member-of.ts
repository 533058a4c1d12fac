/** A member as the pages for operators see it. */
import { AlarmType, RangeRequest } from "@etcd-ts/proto";
import { Role } from "@etcd-ts/raft";
import { type PinoLogger, processVars } from "./adapters/index.ts";
import { alarmName } from "./alarm/index.ts";
import type { OpsMember } from "./api/ops/index.ts";
import type { Member } from "./member/index.ts";

/** Makes the view; it holds nothing of its own. */
export function opsMemberOf(member: Member, log: PinoLogger): OpsMember {
  return {
    alarms: () => member.alarms.get(AlarmType.NONE).map((one) => alarmName(one.alarm)),
    hasLeader: () => member.leaderId !== 0n,
    isLearner: () => member.isLearner,
    read: ({ serializable }) => readOnce(member, serializable),
    clusterVersion: () => member.membership.clusterVersion,
    debugVars: () => ({ ...processVars(), "raft.status": raftStatus(member) }),
    setLogLevel: (level) => log.setLevel(level),
  };
}

/** A read has to pass through everything a client's read passes through; what it finds does not matter. */
function readOnce(member: Member, serializable: boolean): Promise<string | undefined> {
  if (serializable) return Promise.resolve(member.failure?.message ?? readHere(member));
  return new Promise((resolve) => member.linearizableRead((error) => resolve(error?.message)));
}

/** Reads one key of this member's store; why it cannot, if so. */
function readHere({ store }: Member): string | undefined {
  try {
    store.range(RangeRequest.create({ key: Uint8Array.of(0), rangeEnd: Uint8Array.of(0), limit: 1 }));
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const stateNames = {
  [Role.follower]: "StateFollower",
  [Role.candidate]: "StateCandidate",
  [Role.leader]: "StateLeader",
  [Role.preCandidate]: "StatePreCandidate",
} as const;

/** As the consensus core of etcd shows itself, but for the progress of the others. */
function raftStatus(member: Member): Readonly<Record<string, unknown>> {
  const { id, term, vote, commit, applied, leader, role, transferee } = member.raftStatus();
  const [self, voted, lead, leadtransferee] = [id, vote, leader, transferee].map((one) => one.toString(16));
  return { id: self, term, vote: voted, commit, applied, lead, raftState: stateNames[role], leadtransferee };
}
