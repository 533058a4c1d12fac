// Commands about a node's log and snapshots.

import { MessageType, newMessage } from "../../../message.ts";
import { firstNodeId, nodeIds } from "../arguments.ts";
import { describeEntry, describeMessage } from "../describe.ts";
import type { TraceEnvironment } from "../environment.ts";
import { storageErrorTexts, type TraceNode } from "../trace-node.ts";
import type { Command } from "./command.ts";

/** `compact ID INDEX` */
export const compact: Command = (environment, of) => {
  const index = of.args[1]?.key ?? "";
  if (!/^\d+$/.test(index)) return `strconv.ParseUint: parsing ${JSON.stringify(index)}: invalid syntax`;
  const node = environment.node(firstNodeId(of));
  return node.compact(Number(index)) ?? printLog(environment, node);
};

/** `raft-log ID` */
export const raftLog: Command = (environment, of) => printLog(environment, environment.node(firstNodeId(of)));

function printLog({ output }: TraceEnvironment, { storage }: TraceNode): string | undefined {
  const first = storage.firstIndex();
  const last = storage.lastIndex();
  if (last < first) {
    output.write(`log is empty: first index=${first}, last index=${last}`);
    return undefined;
  }
  const entries = storage.entries(first, last + 1, Number.POSITIVE_INFINITY);
  if (typeof entries === "string") return storageErrorTexts[entries];
  for (const entry of entries) output.write(`${describeEntry(entry)}\n`);
  return undefined;
}

/** `send-snapshot FROM TO` */
export const sendSnapshot: Command = (environment, of) => {
  const [from, to] = nodeIds(of.args);
  if (from === undefined || to === undefined) throw new SyntaxError(`expected two nodes: ${of.directive}`);
  const sender = environment.node(from);
  const message = newMessage(MessageType.snap, BigInt(to));
  message.from = sender.id;
  message.term = sender.raw.basicStatus().term;
  message.snapshot = sender.snapshot();
  environment.messages.push(message);
  environment.output.write(describeMessage(message));
  return undefined;
};
