// `stabilize IDs…`: rounds of everything that can happen without time passing, until nothing moves.

import { nodeIds } from "../arguments.ts";
import type { TraceEnvironment } from "../environment.ts";
import type { TraceNode } from "../trace-node.ts";
import type { Command } from "./command.ts";
import { deliverTo } from "./deliver-messages.ts";
import { type PerNode, processReadyOf, underHeading } from "./process-ready.ts";
import { processAppendOf, processApplyOf } from "./process-storage.ts";

/** One kind of thing that can happen in a round, and on which nodes it can. */
interface Phase extends PerNode {
  pending: (environment: TraceEnvironment, node: TraceNode) => boolean;
}

const phases: readonly Phase[] = [
  {
    heading: "handling Ready",
    pending: (_, node) => node.raw.hasReady(),
    run: processReadyOf,
  },
  {
    heading: "receiving messages",
    pending: (environment, { id }) => environment.hasMessages({ id, drop: false }),
    run: (environment, { id }) => {
      deliverTo(environment, { id, drop: false });
      return undefined;
    },
  },
  {
    heading: "processing append thread",
    pending: (_, node) => node.appendWork.length > 0,
    run: (environment, node) => drain(node.appendWork, () => processAppendOf(environment, node)),
  },
  {
    heading: "processing apply thread",
    pending: (_, node) => node.applyWork.length > 0,
    run: (environment, node) => drain(node.applyWork, () => processApplyOf(environment, node)),
  },
];

/** No trace comes near; a core that never settles would otherwise print for ever. */
const maxRounds = 10_000;

/** Runs rounds until nothing moves, optionally at another log level. */
export const stabilize: Command = (environment, of) => {
  const level = of.args.find(({ key }) => key === "log-level")?.values[0];
  const before = environment.output.level;
  const error = level === undefined ? undefined : environment.output.setLevel(level);
  if (error !== undefined) return error;
  const ids = nodeIds(of.args);
  const nodes = ids.length > 0 ? ids.map((id) => environment.node(id)) : environment.nodes;
  const result = runRounds(environment, nodes);
  environment.output.level = before;
  return result;
};

function runRounds(environment: TraceEnvironment, nodes: readonly TraceNode[]): string | undefined {
  for (let round = 0; round < maxRounds; round++) {
    let moved = false;
    for (const phase of phases) {
      for (const node of nodes) {
        if (!phase.pending(environment, node)) continue;
        moved = true;
        const error = underHeading(environment, node, phase);
        if (error !== undefined) return error;
      }
    }
    if (!moved) return undefined;
  }
  throw new Error(`nodes did not settle in ${maxRounds} rounds`);
}

function drain(work: readonly unknown[], run: () => string | undefined): string | undefined {
  while (work.length > 0) {
    const error = run();
    if (error !== undefined) return error;
  }
  return undefined;
}
