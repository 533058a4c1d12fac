/** How a member configures its consensus core; names and values follow etcd's. */
import type { RaftConfig } from "@etcd-ts/raft";
import { electionTicks, type MemberOptions, type MemberPorts } from "./member-options.ts";
import type { MemberStorage } from "./open-storage.ts";

/** Uncommitted bytes in the leader's log beyond which it takes no more, as in etcd. */
const uncommittedBytesMax = 1024 ** 3;
/**
 * Election timeouts differ by up to half of one: the first survivor stands within one and a half. A narrower spread splits more votes,
 * which costs little, because members do not wait a whole timeout to stand again (`election-retry.ts`).
 */
const jitterDivisor = 2;
const messageBytesMax = 512 * 1024;
const inflightMessagesMax = 512;

/** What the configuration is made from. */
export interface RaftConfigParts {
  readonly ports: Pick<MemberPorts, "random">;
  readonly options: MemberOptions;
  readonly storage: Pick<MemberStorage, "identity" | "raftLog">;
}

/** The configuration of a member's core, which goes on where its log ends. */
export function raftConfigOf({ ports, options, storage }: RaftConfigParts): RaftConfig {
  return {
    id: storage.identity.memberId,
    electionTick: electionTicks(options),
    electionJitterTick: options.preVote ? Math.ceil(electionTicks(options) / jitterDivisor) : undefined,
    heartbeatTick: 1,
    storage: storage.raftLog,
    random: ports.random,
    asyncStorageWrites: true,
    maxSizePerMsg: messageBytesMax,
    maxInflightMsgs: inflightMessagesMax,
    maxUncommittedEntriesSize: uncommittedBytesMax,
    checkQuorum: true,
    preVote: options.preVote,
  };
}
