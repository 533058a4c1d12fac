// Commands that call one method of one node.

import { argumentValue, firstNodeId, nodeIds, parseBool, parseCount } from "../arguments.ts";
import type { TraceEnvironment } from "../environment.ts";
import type { TraceCase } from "../trace-file.ts";
import type { Command } from "./command.ts";

/** `campaign ID` */
export const campaign: Command = (environment, of) => {
  environment.node(firstNodeId(of)).raw.campaign();
  return undefined;
};

/** `forget-leader ID` */
export const forgetLeader: Command = (environment, of) => {
  environment.node(firstNodeId(of)).raw.forgetLeader();
  return undefined;
};

/** `transfer-leadership from=A to=B` */
export const transferLeadership: Command = (environment, of) => {
  const from = environment.node(parseCount(argumentValue(of, "from")));
  from.raw.transferLeader(environment.node(parseCount(argumentValue(of, "to"))).id);
  return undefined;
};

/** `report-unreachable A B` */
export const reportUnreachable: Command = (environment, of) => {
  const [on, reported, ...more] = nodeIds(of.args);
  if (on === undefined || reported === undefined || more.length > 0) {
    return "must specify exactly two node indexes: node on which to report, and reported node";
  }
  environment.node(on).raw.reportUnreachable(environment.node(reported).id);
  return undefined;
};

/** `report-snapshot A B ok=true|false` */
export const reportSnapshot: Command = (environment, of) => {
  const [on, reported] = nodeIds(of.args);
  if (on === undefined || reported === undefined) throw new SyntaxError(`expected two nodes: ${of.directive}`);
  environment.node(on).raw.reportSnapshot(BigInt(reported), parseBool(argumentValue(of, "ok")));
  return undefined;
};

/** `read-index ID text` */
export const readIndex: Command = (environment, of) => {
  environment.node(firstNodeId(of)).raw.readIndex(new TextEncoder().encode(of.args[1]?.key ?? ""));
  return undefined;
};

/** `tick-election ID` */
export const tickElection: Command = (environment, of) => {
  return ticks(environment, of, environment.node(firstNodeId(of)).config.electionTick);
};

/** `tick-heartbeat ID` */
export const tickHeartbeat: Command = (environment, of) => {
  return ticks(environment, of, environment.node(firstNodeId(of)).config.heartbeatTick);
};

function ticks(environment: TraceEnvironment, of: TraceCase, count: number): undefined {
  const { raw } = environment.node(firstNodeId(of));
  for (let i = 0; i < count; i++) raw.tick();
}

/** `set-randomized-election-timeout ID timeout=T` */
export const setElectionTimeout: Command = (environment, of) => {
  environment.node(firstNodeId(of)).raw.pinElectionTimeout(parseCount(argumentValue(of, "timeout")));
  return undefined;
};
