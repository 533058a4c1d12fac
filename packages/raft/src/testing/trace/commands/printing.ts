// Commands that print what nodes are.

import { firstNodeId } from "../arguments.ts";
import { roleNames } from "../describe.ts";
import { formatProgress } from "../membership-text.ts";
import type { Command } from "./command.ts";

/** `raft-state`: every node's role, as it sees itself */
export const raftState: Command = ({ nodes, output }) => {
  for (const { raw } of nodes) {
    const { id, role, term, leader, confState } = raw.status();
    const votes = confState.voters.includes(id) || confState.votersOutgoing.includes(id);
    output.write(`${id}: ${roleNames[role]} (${votes ? "Voter" : "Non-Voter"}) Term:${term} Lead:${leader}\n`);
  }
  return undefined;
};

/** `status ID`: a leader's view of its followers */
export const status: Command = (environment, of) => {
  environment.output.write(formatProgress(environment.node(firstNodeId(of)).raw.status().progress));
  return undefined;
};

/** `log-level NAME` */
export const logLevel: Command = ({ output }, of) => output.setLevel(of.args[0]?.key ?? "");
