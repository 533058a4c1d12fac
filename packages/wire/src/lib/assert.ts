/**
 * Assertions that stay on in production. A failed one is a bug of ours or of the calling program, never something
 * a peer can cause: bytes from the network are judged by values, not by exceptions.
 */
export class AssertionError extends Error {
  override readonly name = "AssertionError";
}

/** Stops with the given message unless the condition holds. */
export function assert(condition: boolean, message: string): asserts condition {
  if (condition) return;
  throw new AssertionError(message);
}
