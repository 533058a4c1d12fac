// `process-ready IDs…`: takes a node's outstanding work, prints it, does it, and says so.

import { isStorageThread, MessageType } from "../../../message.ts";
import { nodeIds } from "../arguments.ts";
import { describeReady } from "../describe.ts";
import type { TraceEnvironment } from "../environment.ts";
import type { TraceNode } from "../trace-node.ts";
import type { Command } from "./command.ts";

const nothing = { term: 0, vote: 0n, commit: 0 };

/** Processes the Ready of each node, each under a heading when there are several. */
export const processReady: Command = (environment, of) => {
  return forEachNode(environment, nodeIds(of.args), { heading: "handling Ready", run: processReadyOf });
};

/** What is done for each of several nodes. */
export interface PerNode {
  heading: string;
  run: (environment: TraceEnvironment, node: TraceNode) => string | undefined;
}

/** Runs something for each node, under headings when there are several, up to the first error. */
export function forEachNode(environment: TraceEnvironment, ids: readonly number[], of: PerNode): string | undefined {
  for (const id of ids) {
    const node = environment.node(id);
    const error = ids.length > 1 ? underHeading(environment, node, of) : of.run(environment, node);
    if (error !== undefined) return error;
  }
  return undefined;
}

/** Runs something for one node, indented under a heading. */
export function underHeading(environment: TraceEnvironment, node: TraceNode, of: PerNode): string | undefined {
  environment.output.write(`> ${node.id} ${of.heading}\n`);
  return environment.output.indented(() => of.run(environment, node));
}

/** Processes the Ready of one node. */
export function processReadyOf(environment: TraceEnvironment, node: TraceNode): string | undefined {
  const ready = node.raw.ready();
  environment.output.write(describeReady(ready));
  if (!node.config.asyncStorageWrites) {
    const { hardState = nothing, entries, snapshot } = ready;
    const error = node.append({ hardState, entries, snapshot });
    if (error !== undefined) return error;
    node.apply(ready.committedEntries);
  }
  for (const message of ready.messages) {
    if (!isStorageThread(message.to)) environment.messages.push(message);
    else if (message.type === MessageType.storageAppend) node.appendWork.push(message);
    else node.applyWork.push(message);
  }
  if (!node.config.asyncStorageWrites) node.raw.advance(ready);
  return undefined;
}
