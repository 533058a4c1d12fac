// Broken invariants. Raft's safety argument is a set of invariants; when one does not hold, no later step can be trusted,
// so the node must stop. Everything a caller can expect to happen (a dropped proposal, a compacted index) is a value
// instead and never passes through here.

/** Thrown when the state contradicts itself: a bug here, in the storage, or a corrupt log. The node must not go on. */
export class RaftInvariantError extends Error {
  override readonly name = "RaftInvariantError";
}

/** Stops with the numbers that disagree; callers build the text only after the check failed, so a check costs nothing. */
export function fail(message: string): never {
  throw new RaftInvariantError(message);
}
