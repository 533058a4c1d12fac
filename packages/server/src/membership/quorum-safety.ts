/**
 * `--strict-reconfig-check`: whether a change would leave the cluster with too few started members to go on. A member
 * counts as started when it has told its name. Asked by the leader before it proposes, not when the change is applied.
 */
import type { ReadonlyMember } from "./member-json.ts";

/** May a voter be added? A lone member may always grow to two: that is how a restored cluster starts over. */
export function canAddVoter(members: readonly ReadonlyMember[]): boolean {
  const voters = votersOf(members);
  const started = startedOf(voters);
  const count = voters.length + 1;
  return (started === 1 && count === 2) || started >= quorum(count);
}

/** May this voter be removed? */
export function canRemoveVoter(members: readonly ReadonlyMember[], id: bigint): boolean {
  const left = votersOf(members).filter((member) => member.id !== id);
  return startedOf(left) >= quorum(left.length);
}

/** May a learner become a voter? It counts as started, being in sync is checked elsewhere. */
export function canPromote(members: readonly ReadonlyMember[]): boolean {
  const voters = votersOf(members);
  return startedOf(voters) + 1 >= quorum(voters.length + 1);
}

function votersOf(members: readonly ReadonlyMember[]): readonly ReadonlyMember[] {
  return members.filter((member) => !member.isLearner);
}

function startedOf(members: readonly ReadonlyMember[]): number {
  return members.filter((member) => member.name !== "").length;
}

function quorum(count: number): number {
  return Math.floor(count / 2) + 1;
}
