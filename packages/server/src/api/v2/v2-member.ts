/**
 * What the HTTP APIs before v3 need from a member. Reads and watches are of this member's own tree; everything that
 * changes goes through the log. Whatever a member cannot do now it refuses with an `EtcdError`, whose text clients see.
 */
import type { Request } from "@etcd-ts/proto";
import type { AppendCounts, AppendRates, FollowerStats } from "../../ports/index.ts";
import type { NodeView, ReadOptions, V2Failure, V2Result, V2Stats, V2Watcher, WatchOptions } from "../../v2/index.ts";

/** A member of the cluster. */
export interface ClusterMember {
  readonly id: bigint;
  readonly name: string;
  readonly peerUrls: readonly string[];
  readonly clientUrls: readonly string[];
}

/** Figures of `/v2/stats/self`. Rates are left out while there are none. */
export interface SelfStats extends AppendCounts, Partial<AppendRates> {
  readonly isLeader: boolean;
  readonly startTimeMs: number;
  /** When the present leader was first seen; undefined without a leader. */
  readonly leaderStartTimeMs: number | undefined;
}

/** How a change of membership ended. */
export type MembershipOutcome = "done" | "idExists" | "peerUrlExists" | "notFound" | "removed";

/** The member behind the API. */
export interface V2Member {
  readonly id: bigint;
  readonly clusterId: bigint;
  /** The index of the v2 tree. */
  index(): number;
  raftIndex(): number;
  raftTerm(): number;
  /** Milliseconds since 1970. */
  nowMs(): number;
  /** Puts a request into the log and gives what applying it gave. */
  propose(request: Request): Promise<V2Result>;
  read(options: ReadOptions): V2Result;
  /** A node of this member's tree with what it holds, without counting as a read. */
  peek(path: string): NodeView | undefined;
  watch(options: WatchOptions): V2Watcher | V2Failure;
  /** All members, in the order of their ids. */
  members(): readonly ClusterMember[];
  /** Undefined during an election. */
  leaderId(): bigint | undefined;
  /** Adds a voter; gives it, or why not. */
  addMember(peerUrls: readonly string[]): Promise<ClusterMember | Exclude<MembershipOutcome, "done">>;
  removeMember(id: bigint): Promise<MembershipOutcome>;
  updateMember(id: bigint, peerUrls: readonly string[]): Promise<MembershipOutcome>;
  storeStats(): V2Stats;
  /** The keys in the form of 0.4's store. */
  keysSnapshot(): AsyncIterable<Uint8Array>;
  selfStats(): SelfStats;
  /** Undefined when this member does not lead. */
  followerStats(): readonly FollowerStats[] | undefined;
}
