// Commands that propose.

import { type ConfChangeSingle, ConfChangeTransition } from "../../../conf-change/index.ts";
import type { ProposeResult } from "../../../core/index.ts";
import { noBytes } from "../../../types.ts";
import { firstNodeId, parseBool } from "../arguments.ts";
import { parseConfChanges } from "../conf-change-text.ts";
import type { TraceArgument } from "../trace-file.ts";
import type { TraceNode } from "../trace-node.ts";
import type { Command } from "./command.ts";

/** `propose ID text` */
export const propose: Command = (environment, of) => {
  const text = of.args[1];
  if (of.args.length !== 2 || text === undefined || text.values.length > 0) {
    throw new SyntaxError(`expected a node and a text: ${of.directive}`);
  }
  return errorOf(environment.node(firstNodeId(of)).raw.propose(new TextEncoder().encode(text.key)));
};

interface Options {
  v1: boolean;
  transition: ConfChangeTransition;
}

const transitions: Record<string, ConfChangeTransition> = {
  auto: ConfChangeTransition.auto,
  implicit: ConfChangeTransition.jointImplicit,
  explicit: ConfChangeTransition.jointExplicit,
};

/** `propose-conf-change ID [v1=true] [transition=auto|implicit|explicit]`, with the changes as input */
export const proposeConfChange: Command = (environment, of) => {
  const options: Options = { v1: false, transition: ConfChangeTransition.auto };
  for (const argument of of.args.slice(1)) {
    const error = applyOption(options, argument);
    if (error !== undefined) return error;
  }
  const changes = parseConfChanges(of.input);
  if (typeof changes === "string") return changes;
  return proposeChanges(environment.node(firstNodeId(of)), changes, options);
};

function applyOption(options: Options, { key, values }: TraceArgument): string | undefined {
  for (const value of values) {
    if (key === "v1") {
      if (!/^(1|0|[tTfF]|true|false|TRUE|FALSE|True|False)$/.test(value)) {
        return `strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`;
      }
      options.v1 = parseBool(value);
    } else if (key === "transition") {
      const transition = transitions[value];
      if (transition === undefined) return `unknown transition ${value}`;
      options.transition = transition;
    } else return `unknown command ${key}`;
  }
  return undefined;
}

function proposeChanges({ raw }: TraceNode, changes: ConfChangeSingle[], options: Options): string | undefined {
  const { v1, transition } = options;
  if (!v1) return errorOf(raw.proposeConfChange({ transition, changes, context: noBytes }));
  if (changes.length > 1 || transition !== ConfChangeTransition.auto) {
    return "v1 conf change can only have one operation and no transition";
  }
  return errorOf(raw.proposeConfChange({ ...changes[0]!, id: 0n, context: noBytes }));
}

function errorOf(result: ProposeResult): string | undefined {
  return result === "accepted" ? undefined : "raft proposal dropped";
}
