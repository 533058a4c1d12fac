/**
 * Everything a member needs to know before it starts, in the types it works with: the result of reading flags,
 * environment and config file. Immutable; times in milliseconds, sizes in bytes.
 */
import type { MemberUrl } from "../membership/index.ts";
import type { LogLevel, TlsConfig } from "../ports/index.ts";
import type { Compat } from "./compat.ts";
import type { DiscoveryConfig } from "./discovery-config.ts";

/** The release whose answers a client listener gives. */
export type Dialect = Compat;

/** A client address and the dialect spoken there. */
export interface ClientListenUrl extends MemberUrl {
  readonly dialect: Dialect;
}

/** What the compactor keeps. */
export type AutoCompaction =
  | { readonly mode: "off" }
  | { readonly mode: "periodic"; readonly retentionMs: number }
  | { readonly mode: "revision"; readonly retentionRevisions: number };

/** What to log, how and where to. */
export interface LogConfig {
  readonly level: LogLevel;
  readonly format: "json" | "console";
  /** `stderr`, `stdout` or file paths; `default` has become `stderr`. */
  readonly outputs: readonly string[];
}

/** How many machines of a release before 2.0 take part, and when others take their places. */
export interface LegacyClusterConfig {
  readonly activeSize: number;
  readonly removeDelayMs: number;
  readonly syncIntervalMs: number;
}

/** See the flags of the same names for what each one means. */
export interface ServerConfig {
  readonly compat: Compat;
  /** The version told to clients. */
  readonly reportedVersion: string;
  readonly name: string;
  readonly dataDir: string;
  /** `undefined`: inside the data directory. */
  readonly walDir: string | undefined;
  readonly snapshotCount: number;
  readonly snapshotCatchupEntries: number;
  readonly maxSnapshots: number;
  readonly maxWals: number;
  readonly heartbeatMs: number;
  readonly electionMs: number;
  readonly initialElectionTickAdvance: boolean;
  readonly preVote: boolean;
  readonly listenPeerUrls: readonly MemberUrl[];
  readonly listenClientUrls: readonly ClientListenUrl[];
  readonly listenMetricsUrls: readonly MemberUrl[];
  readonly advertisePeerUrls: readonly string[];
  readonly advertiseClientUrls: readonly string[];
  /** As written; read and checked only by a member that starts for the first time. */
  readonly initialCluster: string;
  /** Undefined: `initialCluster` names the founders. */
  readonly discovery: DiscoveryConfig | undefined;
  readonly initialClusterState: "new" | "existing";
  readonly initialClusterToken: string;
  readonly forceNewCluster: boolean;
  /** What is in the data directory is to be thrown away; only before 2.0. */
  readonly forgetsData: boolean;
  /** What a cluster of a release before 2.0 begins with. */
  readonly legacyCluster: LegacyClusterConfig;
  readonly strictReconfigCheck: boolean;
  readonly maxLearners: number;
  /** `undefined`: no quota. */
  readonly quotaBackendBytes: number | undefined;
  readonly maxTxnOps: number;
  readonly maxRequestBytes: number;
  readonly maxConcurrentStreams: number;
  readonly keepAlive: { readonly minTimeMs: number; readonly intervalMs: number; readonly timeoutMs: number };
  readonly raftReadTimeoutMs: number;
  readonly raftWriteTimeoutMs: number;
  readonly enableGrpcGateway: boolean;
  readonly enableV2: boolean;
  /** Serve the modules of 0.3 on every client listener. */
  readonly modules: boolean;
  /** `IP` or `IP:port`; empty: the system's. */
  readonly nameServers: readonly string[];
  readonly featureGates: ReadonlyMap<string, boolean>;
  readonly autoCompaction: AutoCompaction;
  readonly compactionBatchLimit: number;
  readonly compactionSleepMs: number;
  readonly clientTls: TlsConfig;
  readonly peerTls: TlsConfig & {
    readonly clientCertFile: string;
    readonly clientKeyFile: string;
    readonly skipClientSanVerification: boolean;
  };
  /** `["*"]` allows every origin. */
  readonly cors: readonly string[];
  /** The same for listeners of releases before 3.0, which allowed none unasked. */
  readonly corsBefore3: readonly string[];
  /** `["*"]` or empty allows every host. */
  readonly hostWhitelist: readonly string[];
  readonly authToken: string;
  readonly authTokenTtlSeconds: number;
  readonly bcryptCost: number;
  readonly log: LogConfig;
  readonly metrics: "basic" | "extensive";
  readonly warningApplyMs: number;
  readonly warningUnaryRequestMs: number;
  readonly watchProgressNotifyIntervalMs: number;
  readonly downgradeCheckMs: number;
  readonly unsafeNoFsync: boolean;
}
