/** What passed between this member and the others: counted by the transport, shown under `/v2/stats`. */

/** Appends since the start. */
export interface AppendCounts {
  readonly sendAppendRequestCount: number;
  readonly recvAppendRequestCount: number;
}

/** Messages and bytes a second, of late. */
export interface AppendRates {
  readonly sendPackageRate: number;
  readonly sendBandwidthRate: number;
  readonly recvPackageRate: number;
  readonly recvBandwidthRate: number;
}

/** What a leader counts for one follower; times in milliseconds. */
export interface FollowerStats {
  readonly id: bigint;
  readonly failCount: number;
  readonly successCount: number;
  readonly latencyMs: {
    readonly current: number;
    readonly average: number;
    readonly standardDeviation: number;
    readonly minimum: number;
    readonly maximum: number;
  };
}
