/** What an error says about a call: that it was not done, and why, or nothing at all. */
import { type EtcdErrorCode, errorCodeOfText } from "@etcd-ts/proto";
import type { AnyCall } from "../history.ts";

/** After these the call may have been done, or may still be. */
const unknown: ReadonlySet<string> = new Set([
  "timeout",
  "deadlineExceeded",
  "contextDeadlineExceeded",
  "contextCanceled",
  "stopped",
  "noLeader",
  "leaderChanged",
  "timeoutDueToLeaderFail",
  "timeoutDueToConnectionLost",
]);

/** How a call ended. */
export type CallEnd = "done" | "unknown" | "refused";

/** Judges a call by its answer. */
export function endOf(call: AnyCall): CallEnd {
  if (call.response !== undefined) return "done";
  const code = errorOf(call);
  return code === undefined || unknown.has(code) ? "unknown" : "refused";
}

/** The error's code; undefined without an error, or for a text that is not in the table. */
export function errorOf(call: AnyCall): EtcdErrorCode | undefined {
  return call.error === undefined ? undefined : errorCodeOfText(call.error);
}
