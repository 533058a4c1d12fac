// Every command of interaction traces, by name.

import { addNodes } from "./add-nodes.ts";
import {
  campaign,
  forgetLeader,
  readIndex,
  reportSnapshot,
  reportUnreachable,
  setElectionTimeout,
  tickElection,
  tickHeartbeat,
  transferLeadership,
} from "./calls.ts";
import type { Command } from "./command.ts";
import { deliverMessages } from "./deliver-messages.ts";
import { logLevel, raftState, status } from "./printing.ts";
import { processReady } from "./process-ready.ts";
import { processAppendThread, processApplyThread } from "./process-storage.ts";
import { propose, proposeConfChange } from "./proposals.ts";
import { stabilize } from "./stabilize.ts";
import { compact, raftLog, sendSnapshot } from "./storage.ts";

/** The table of contents of the trace language. */
export const commands: Readonly<Record<string, Command>> = {
  _breakpoint: () => undefined,
  "add-nodes": addNodes,
  campaign,
  compact,
  "deliver-msgs": deliverMessages,
  "forget-leader": forgetLeader,
  "log-level": logLevel,
  "process-append-thread": processAppendThread,
  "process-apply-thread": processApplyThread,
  "process-ready": processReady,
  propose,
  "propose-conf-change": proposeConfChange,
  "raft-log": raftLog,
  "raft-state": raftState,
  "read-index": readIndex,
  "report-snapshot": reportSnapshot,
  "report-unreachable": reportUnreachable,
  "send-snapshot": sendSnapshot,
  "set-randomized-election-timeout": setElectionTimeout,
  stabilize,
  status,
  "tick-election": tickElection,
  "tick-heartbeat": tickHeartbeat,
  "transfer-leadership": transferLeadership,
};
