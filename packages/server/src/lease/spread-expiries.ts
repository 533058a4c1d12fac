/**
 * After a change of leader every lease starts again, so that leases of one TTL would all run out in the same second and
 * their revocations would crowd out everything else. Here expiries are moved back so that no second has more of them
 * than can be revoked. A lease is only ever extended: its TTL is a lower bound.
 */
import type { Lease } from "./lease.ts";

/** Moves expiries so that at most `perSecond` leases run out in any second. Linear in leases and seconds. */
export function spreadExpiries(leases: Iterable<Lease>, perSecond: number): void {
  const bySecond = groupBySecond(leases);
  const seconds = [...bySecond.keys()].sort((a, b) => a - b);
  const waiting: Lease[] = [];
  let taken = 0;
  let next = 0;
  for (let second = seconds[0] ?? 0; next < seconds.length || taken < waiting.length; second++) {
    if (taken === waiting.length) second = seconds[next]!;
    if (second === seconds[next]) for (const lease of bySecond.get(seconds[next++]!)!) waiting.push(lease);
    const until = Math.min(waiting.length, taken + perSecond);
    for (; taken < until; taken++) waiting[taken]!.expiryMs = Math.max(waiting[taken]!.expiryMs, second * 1000);
  }
}

function groupBySecond(leases: Iterable<Lease>): Map<number, Lease[]> {
  const bySecond = new Map<number, Lease[]>();
  for (const lease of leases) {
    const second = Math.floor(lease.expiryMs / 1000);
    const group = bySecond.get(second);
    if (group === undefined) bySecond.set(second, [lease]);
    else group.push(lease);
  }
  return bySecond;
}
