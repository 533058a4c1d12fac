// `process-append-thread IDs…` and `process-apply-thread IDs…`: one piece of storage work of each node.

import type { Message } from "../../../message.ts";
import { nodeIds } from "../arguments.ts";
import { describeMessage } from "../describe.ts";
import type { TraceEnvironment } from "../environment.ts";
import type { TraceNode } from "../trace-node.ts";
import type { Command } from "./command.ts";
import { forEachNode } from "./process-ready.ts";

/** Performs one queued append of each node. */
export const processAppendThread: Command = (environment, of) => {
  return forEachNode(environment, nodeIds(of.args), { heading: "processing append thread", run: processAppendOf });
};

/** Performs one queued apply of each node. */
export const processApplyThread: Command = (environment, of) => {
  return forEachNode(environment, nodeIds(of.args), { heading: "processing apply thread", run: processApplyOf });
};

/** Performs one queued append. */
export function processAppendOf(environment: TraceEnvironment, node: TraceNode): string | undefined {
  const work = node.appendWork.shift();
  if (work === undefined) {
    environment.output.write("no append work to perform");
    return undefined;
  }
  announce(environment, work);
  const { term, vote, commit, entries, snapshot } = work;
  const error = node.append({ hardState: { term, vote, commit }, entries, snapshot });
  if (error === undefined) respond(environment, work);
  return error;
}

/** Performs one queued apply. */
export function processApplyOf(environment: TraceEnvironment, node: TraceNode): string | undefined {
  const work = node.applyWork.shift();
  if (work === undefined) {
    environment.output.write("no apply work to perform");
    return undefined;
  }
  announce(environment, work);
  node.apply(work.entries);
  respond(environment, work);
  return undefined;
}

function announce({ output }: TraceEnvironment, work: Message): void {
  output.write(`Processing:\n${describeMessage({ ...work, responses: [] })}\n`);
}

function respond({ output, messages }: TraceEnvironment, { responses }: Message): void {
  output.write("Responses:\n");
  for (const response of responses) output.write(`${describeMessage(response)}\n`);
  messages.push(...responses);
}
