// `add-nodes N …`: nodes that start from a snapshot, or from nothing.

import { ReadOnlyOption } from "../../../config.ts";
import { emptyConfState, type Snapshot } from "../../../types.ts";
import { firstNodeId, parseBool, parseCount } from "../arguments.ts";
import type { TraceArgument } from "../trace-file.ts";
import { type TraceConfig, TraceNode } from "../trace-node.ts";
import type { Command } from "./command.ts";

interface Start {
  config: TraceConfig;
  first: Snapshot;
}

/** Options that set one field of the configuration. */
const configOptions: Record<string, (config: TraceConfig, value: string) => void> = {
  inflight: (config, value) => {
    config.maxInflightMsgs = parseCount(value);
  },
  "async-storage-writes": (config, value) => {
    config.asyncStorageWrites = parseBool(value);
  },
  prevote: (config, value) => {
    config.preVote = parseBool(value);
  },
  checkquorum: (config, value) => {
    config.checkQuorum = parseBool(value);
  },
  "max-committed-size-per-ready": (config, value) => {
    config.maxCommittedSizePerReady = parseCount(value);
  },
  "max-size-per-msg": (config, value) => {
    config.maxSizePerMsg = parseCount(value);
  },
  "max-inflight-bytes": (config, value) => {
    config.maxInflightBytes = parseCount(value);
  },
  "max-uncommitted-size": (config, value) => {
    config.maxUncommittedEntriesSize = parseCount(value);
  },
  "disable-proposal-forwarding": (config, value) => {
    config.disableProposalForwarding = parseBool(value);
  },
  "disable-conf-change-validation": (config, value) => {
    config.disableConfChangeValidation = parseBool(value);
  },
  "step-down-on-removal": (config, value) => {
    config.stepDownOnRemoval = parseBool(value);
  },
};

/** Adds nodes. */
export const addNodes: Command = (environment, of) => {
  const start = newStart();
  for (const argument of of.args.slice(1)) {
    const error = applyOption(start, argument);
    if (error !== undefined) return error;
  }
  const { metadata, data } = start.first;
  const { voters, learners } = metadata.confState;
  const isNew = metadata.index === 0 && data.length === 0 && voters.length === 0 && learners.length === 0;
  if (!isNew && metadata.index <= 1) return "index must be specified as > 1 due to bootstrap";
  if (!isNew) metadata.term = 1;
  for (let i = firstNodeId(of); i > 0; i--) {
    environment.nodes.push(new TraceNode(BigInt(environment.nodes.length + 1), start));
  }
  return undefined;
};

function newStart(): Start {
  return {
    config: {
      electionTick: 3,
      heartbeatTick: 1,
      maxInflightMsgs: 0x7fff_ffff,
      random: { below: (bound) => bound - 1 },
    },
    first: { data: new Uint8Array(0), metadata: { confState: emptyConfState(), index: 0, term: 0 } },
  };
}

function applyOption({ config, first }: Start, { key, values }: TraceArgument): string | undefined {
  const { metadata } = first;
  for (const value of values) {
    if (key === "voters") metadata.confState.voters.push(BigInt(value));
    else if (key === "learners") metadata.confState.learners.push(BigInt(value));
    else if (key === "content") first.data = new TextEncoder().encode(value);
    else if (key === "index") config.applied = metadata.index = parseCount(value);
    else if (key === "read-only") {
      if (value !== ReadOnlyOption.safe && value !== ReadOnlyOption.leaseBased) {
        return `invalid read-only option ${JSON.stringify(value)}`;
      }
      config.readOnlyOption = value;
    } else configOptions[key]?.(config, value);
  }
  return undefined;
}
