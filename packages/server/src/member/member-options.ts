/**
 * What a member is made of: its ports to the world and its settings. Both come from outside, so the same member runs on
 * a machine, inside another process, or on fakes in a simulation.
 */
import type {
  Backend,
  Clock,
  ClusterDiscovery,
  Disk,
  DnsResolver,
  Logger,
  Metrics,
  PeerClient,
  PeerIdentity,
  PeerNetwork,
  Random,
} from "../ports/index.ts";
import type { WalTuning } from "../wal/index.ts";
import type { AutoCompactionPolicy } from "./auto-compactor.ts";

/** The world. */
export interface MemberPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly disk: Disk;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Opens the live store at a path; called once. */
  openBackend(path: string): Backend;
  /** Makes the network to the other members; called once, when this member's identity is known. */
  openNetwork(self: PeerIdentity): PeerNetwork;
  /** For questions to members before that. */
  readonly peerClient: PeerClient;
  /** Who founds the cluster, when `initialCluster` does not say it. */
  readonly discovery?: ClusterDiscovery | undefined;
  /** Absent: addresses are compared as written. */
  readonly dns?: DnsResolver | undefined;
}

/** The settings; names and defaults follow etcd's flags. */
export interface MemberOptions {
  readonly name: string;
  readonly dataDir: string;
  /** Undefined: `member/wal` in the data directory. */
  readonly walDir: string | undefined;
  /** As written in `--initial-cluster`; used by a member that starts for the first time. */
  readonly initialCluster: string;
  readonly initialClusterState: "new" | "existing";
  readonly initialClusterToken: string;
  readonly advertisePeerUrls: readonly string[];
  readonly advertiseClientUrls: readonly string[];
  readonly heartbeatMs: number;
  readonly electionMs: number;
  readonly preVote: boolean;
  /** Whether the first election of a member that finds the others need not wait the whole timeout; absent: it waits. */
  readonly initialElectionTickAdvance?: boolean;
  /** Whether to leave all other members behind: see force-new-cluster.ts. */
  readonly forceNewCluster?: boolean;
  readonly strictReconfigCheck: boolean;
  readonly snapshotCount: number;
  readonly snapshotCatchupEntries: number;
  /** Snapshot files to keep; 0: all. */
  readonly maxSnapshots: number;
  /** Log segments to keep at least; 0: all. */
  readonly maxWals: number;
  /** Undefined: no quota. */
  readonly quotaBackendBytes: number | undefined;
  readonly maxRequestBytes: number;
  readonly maxTxnOps: number;
  readonly maxLearners: number;
  readonly watchProgressNotifyIntervalMs: number;
  readonly compactionBatchLimit: number;
  readonly compactionSleepMs: number;
  readonly autoCompaction: AutoCompactionPolicy;
  /** Entries that take longer to apply are logged. */
  readonly warningApplyMs: number;
  /** How the log is written; simulations take small segments, and syncs that take simulated time. */
  readonly walTuning?: WalTuning;
  /** Found a new cluster as releases before 2.0 did, whose v2 tree holds no members. */
  readonly foundsLegacy?: boolean;
  /** Fail requests that found no leader in time with the code that 3.4 gave them. */
  readonly unknownDeadlines?: boolean;
  /** The release this member says it is, `3.7.1`. */
  readonly version: string;
}

/** Heartbeats in an election timeout: raft counts time in them. */
export function electionTicks(options: Pick<MemberOptions, "electionMs" | "heartbeatMs">): number {
  return Math.floor(options.electionMs / options.heartbeatMs);
}

/** Paths inside a data directory, as etcd lays it out; `store` is where our live store differs from its `snap/db`. */
export function memberPaths(options: Pick<MemberOptions, "dataDir" | "walDir">) {
  const member = `${options.dataDir}/member`;
  return {
    member,
    wal: options.walDir ?? `${member}/wal`,
    snapshots: `${member}/snap`,
    store: `${member}/store`,
  } as const;
}
