/**
 * Known offenders: `rule path`, one per line, for findings that cannot be repaired at once. The list may only shrink:
 * an entry that no longer offends fails the tidy test, so it is removed with the repair.
 */
export const offenders: readonly string[] = [];
