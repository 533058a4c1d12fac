/**
 * The shortest time to live that is granted. A lease must outlive an election, or it could run out while no leader
 * can renew it: one and a half election timeouts, rounded up to seconds, as etcd has it.
 */

/** Longest time to live in seconds: beyond it, times in nanoseconds overflow in etcd. */
export const LEASE_TTL_MAX = 9_000_000_000;

/** Seconds below which a granted time to live is raised; 2 with etcd's defaults (10 ticks of 100 ms). */
export function minLeaseTtl({ electionTicks, tickMs }: { electionTicks: number; tickMs: number }): number {
  return Math.ceil((Math.floor((3 * electionTicks) / 2) * tickMs) / 1000);
}
