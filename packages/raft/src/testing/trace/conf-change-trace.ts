// Traces of membership changes applied to one running configuration.

import { type ChangeResult, changeSimply, enterJoint, leaveJoint } from "../../conf-change/index.ts";
import type { ProgressStatus } from "../../status.ts";
import { ProgressTracker } from "../../tracker/index.ts";
import { argumentValue, parseBool } from "./arguments.ts";
import { parseConfChanges } from "./conf-change-text.ts";
import { formatMembership, formatProgress } from "./membership-text.ts";
import type { TraceCase } from "./trace-file.ts";

/** Returns a function that runs one case after the other on one configuration and returns what each prints. */
export function confChangeTrace(): (of: TraceCase) => string {
  const tracker = new ProgressTracker({ maxInflightMsgs: 10, maxInflightBytes: Number.POSITIVE_INFINITY });
  let lastIndex = 0;
  return (of) => {
    const result = change(tracker, of);
    const at = lastIndex++;
    if (typeof result === "string") return result;
    if (!result.ok) return result.reason;
    tracker.install({ confState: result.confState, fresh: result.fresh, lastIndex: at });
    return `${formatMembership(tracker.confState)}\n${formatProgress(progressOf(tracker))}`;
  };
}

function change({ confState }: ProgressTracker, of: TraceCase): ChangeResult | string {
  const changes = parseConfChanges(of.input);
  if (typeof changes === "string") return changes;
  switch (of.command) {
    case "simple":
      return changeSimply(confState, changes);
    case "enter-joint":
      return enterJoint(confState, {
        changes,
        autoLeave: of.args.length > 0 && parseBool(argumentValue(of, "autoleave")),
      });
    case "leave-joint":
      return changes.length > 0 ? "this command takes no input" : leaveJoint(confState);
    default:
      return "unknown command";
  }
}

function progressOf(tracker: ProgressTracker): Map<bigint, ProgressStatus> {
  return new Map(tracker.all.map((of) => [of.id, { ...of, paused: of.paused, inflightCount: 0, inflightFull: false }]));
}
