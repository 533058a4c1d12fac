// What a node is configured with, checked once when the node is created. Limits left out mean "no limit".

import type { Storage } from "./log/index.ts";
import { isStorageThread } from "./message.ts";
import { noNode } from "./types.ts";

/** How a leader proves to a read that it still leads. `leaseBased` trusts clocks and needs `checkQuorum`. */
export const ReadOnlyOption = { safe: "safe", leaseBased: "lease-based" } as const;
/** One of the values of the constant of the same name. */
export type ReadOnlyOption = (typeof ReadOnlyOption)[keyof typeof ReadOnlyOption];

/** Where randomness comes from: election timeouts differ between nodes because of it. */
export interface Random {
  /** An integer in `[0, bound)`. */
  below(bound: number): number;
}

/** Where a node tells what it does; texts are for people. */
export interface RaftLogger {
  debug(text: string): void;
  info(text: string): void;
  warn(text: string): void;
}

/** The configuration of one node. */
export interface RaftConfig {
  /** Not 0n, and neither of the two ids of the storage threads. */
  id: bigint;
  /** Ticks without a leader before an election; the actual number is random in `[electionTick, electionTick + electionJitterTick)`. */
  electionTick: number;
  /** At least 1; absent means `electionTick`, as in the paper. */
  electionJitterTick?: number | undefined;
  /** Ticks between heartbeats; less than `electionTick`, better a tenth of it. */
  heartbeatTick: number;
  storage: Storage;
  random: Random;
  /** The last applied index, when restarting with an application that remembers it. */
  applied?: number | undefined;
  /** Storage work as messages that may be answered out of step with Readys, in place of `advance`. */
  asyncStorageWrites?: boolean | undefined;
  /** Bytes of entries in one append message; 0 means one entry a message. */
  maxSizePerMsg?: number | undefined;
  /** Bytes of committed entries handed out and not yet applied; 0 or absent means `maxSizePerMsg`. */
  maxCommittedSizePerReady?: number | undefined;
  /** Bytes of proposals a leader holds uncommitted before it drops more; 0 or absent means no limit. */
  maxUncommittedEntriesSize?: number | undefined;
  /** Append messages under way to one follower. */
  maxInflightMsgs?: number | undefined;
  /** Bytes under way to one follower, at least `maxSizePerMsg`; 0 or absent means no limit. */
  maxInflightBytes?: number | undefined;
  /** A leader that a quorum does not answer for an election timeout steps down; followers in touch with it refuse votes. */
  checkQuorum?: boolean | undefined;
  /** Ask before raising the term, so that a node that was cut off does not disturb the others (thesis, 9.6). */
  preVote?: boolean | undefined;
  readOnlyOption?: ReadOnlyOption | undefined;
  /** Followers drop proposals instead of passing them to the leader. */
  disableProposalForwarding?: boolean | undefined;
  /** Leaves the order of membership changes to the application. */
  disableConfChangeValidation?: boolean | undefined;
  /** A leader that is removed or made a learner steps down. */
  stepDownOnRemoval?: boolean | undefined;
  logger?: RaftLogger | undefined;
}

/** A checked configuration with every default filled in; infinity stands for "no limit". */
export interface CheckedConfig {
  readonly id: bigint;
  readonly electionTick: number;
  readonly electionJitterTick: number;
  readonly heartbeatTick: number;
  readonly storage: Storage;
  readonly random: Random;
  readonly applied: number;
  readonly asyncStorageWrites: boolean;
  readonly maxSizePerMsg: number;
  readonly maxCommittedSizePerReady: number;
  readonly maxUncommittedEntriesSize: number;
  readonly maxInflightMsgs: number;
  readonly maxInflightBytes: number;
  readonly checkQuorum: boolean;
  readonly preVote: boolean;
  readonly readOnlyOption: ReadOnlyOption;
  readonly disableProposalForwarding: boolean;
  readonly disableConfChangeValidation: boolean;
  readonly stepDownOnRemoval: boolean;
  readonly logger: RaftLogger | undefined;
}

/** Checks a configuration; throws a RangeError that names the field, because a wrong one is a programmer's mistake. */
export function checkConfig(config: RaftConfig): CheckedConfig {
  const maxSizePerMsg = config.maxSizePerMsg ?? Number.POSITIVE_INFINITY;
  const checked: CheckedConfig = {
    id: config.id,
    electionTick: config.electionTick,
    electionJitterTick: config.electionJitterTick ?? config.electionTick,
    heartbeatTick: config.heartbeatTick,
    storage: config.storage,
    random: config.random,
    applied: config.applied ?? 0,
    asyncStorageWrites: config.asyncStorageWrites ?? false,
    maxSizePerMsg,
    // A limit of nothing would hand out nothing; one byte lets one entry through at a time.
    maxCommittedSizePerReady: config.maxCommittedSizePerReady || Math.max(1, maxSizePerMsg),
    maxUncommittedEntriesSize: config.maxUncommittedEntriesSize || Number.POSITIVE_INFINITY,
    maxInflightMsgs: config.maxInflightMsgs ?? 256,
    maxInflightBytes: config.maxInflightBytes || Number.POSITIVE_INFINITY,
    checkQuorum: config.checkQuorum ?? false,
    preVote: config.preVote ?? false,
    readOnlyOption: config.readOnlyOption ?? ReadOnlyOption.safe,
    disableProposalForwarding: config.disableProposalForwarding ?? false,
    disableConfChangeValidation: config.disableConfChangeValidation ?? false,
    stepDownOnRemoval: config.stepDownOnRemoval ?? false,
    logger: config.logger,
  };
  const problem = problemOf(checked);
  if (problem !== undefined) throw new RangeError(`raft configuration: ${problem}`);
  return checked;
}

function problemOf(config: CheckedConfig): string | undefined {
  if (config.id === noNode) return "id must not be 0";
  if (config.id < 0n || isStorageThread(config.id) || config.id > 0xffff_ffff_ffff_ffffn) {
    return `id ${config.id} is reserved or no unsigned 64-bit number`;
  }
  if (!(config.heartbeatTick > 0)) return `heartbeatTick ${config.heartbeatTick} must be greater than 0`;
  if (!(config.electionTick > config.heartbeatTick)) {
    return `electionTick ${config.electionTick} must be greater than heartbeatTick ${config.heartbeatTick}`;
  }
  if (!(config.electionJitterTick > 0)) return `electionJitterTick ${config.electionJitterTick} must be greater than 0`;
  if (!(config.maxInflightMsgs > 0)) return `maxInflightMsgs ${config.maxInflightMsgs} must be greater than 0`;
  // Without a message limit a byte limit still works: it is soft, one message may cross it.
  if (Number.isFinite(config.maxSizePerMsg) && config.maxInflightBytes < config.maxSizePerMsg) {
    return `maxInflightBytes ${config.maxInflightBytes} must be at least maxSizePerMsg ${config.maxSizePerMsg}`;
  }
  if (config.readOnlyOption === ReadOnlyOption.leaseBased && !config.checkQuorum) {
    return "checkQuorum must be on for lease-based reads";
  }
  return undefined;
}
