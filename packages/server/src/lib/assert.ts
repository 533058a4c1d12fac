/**
 * Assertions that stay on in production. A failed one is a bug of ours, never an operating error:
 * the process stops rather than going on with state it no longer understands.
 */
export class AssertionError extends Error {
  override readonly name = "AssertionError";
}

/** Stops with the given message, a function when it is costly to build, unless the condition holds. */
export function assert(condition: boolean, message: string | (() => string)): asserts condition {
  if (condition) return;
  throw new AssertionError(typeof message === "string" ? message : message());
}
