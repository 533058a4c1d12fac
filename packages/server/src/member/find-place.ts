/**
 * Finds the place of a member that joins a running cluster among what the others answered. Whoever answers may be behind,
 * and still know a former member at the same address: taking that one's id with an empty log would give it votes that it
 * has given before. So the place must never have been started, and all that know such a place must mean the same.
 */
import { findSelf, formatId, type OwnView, type Parsed, type ReadonlyMember } from "../membership/index.ts";

/** A cluster as one of its members knows it. */
export interface RunningCluster {
  readonly clusterId: bigint;
  readonly members: readonly ReadonlyMember[];
}

/** A place in a cluster. */
export interface Place {
  readonly self: ReadonlyMember;
  readonly running: RunningCluster;
}

/** Finds the place that waits for a member; `answers` holds at least one. */
export function findPlace(answers: readonly RunningCluster[], view: OwnView): Parsed<Place> {
  const places: Place[] = [];
  const refusals: string[] = [];
  for (const running of answers) {
    const self = findSelf(running.members, view);
    if (!self.ok) refusals.push(self.error);
    else if (isStarted(self.value)) refusals.push(`member ${formatId(self.value.id)} has already been bootstrapped`);
    else places.push({ self: self.value, running });
  }
  const [first] = places;
  if (first === undefined) return { ok: false, error: refusals[0]! };
  if (places.every(({ self }) => self.id === first.self.id)) return { ok: true, value: first };
  return { ok: false, error: "the members of the cluster do not agree on the id of this one: some of them are behind" };
}

function isStarted({ name, clientUrls }: ReadonlyMember): boolean {
  return name !== "" || clientUrls.length > 0;
}
