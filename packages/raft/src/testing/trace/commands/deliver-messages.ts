// `deliver-msgs IDs… drop=(…) type=T`: messages reach their recipients, or are lost.

import { parseCount } from "../arguments.ts";
import { describeMessage, messageTypeNames } from "../describe.ts";
import type { Recipient, TraceEnvironment } from "../environment.ts";
import type { TraceCase } from "../trace-file.ts";
import type { Command } from "./command.ts";

const stepErrors = {
  ok: undefined,
  dropped: "raft proposal dropped",
  "local-message": "raft: cannot step raft local message",
  "unknown-peer": "raft: cannot step as peer not found",
} as const;

/** Delivers or loses messages. */
export const deliverMessages: Command = (environment, of) => {
  const { recipients, type } = parseDelivery(of);
  let count = 0;
  for (const recipient of recipients) count += deliverTo(environment, recipient, type);
  if (count === 0) environment.output.write("no messages\n");
  return undefined;
};

function parseDelivery({ args, directive }: TraceCase): { recipients: Recipient[]; type: number | undefined } {
  const recipients: Recipient[] = [];
  let type: number | undefined;
  for (const { key, values } of args) {
    if (values.length === 0) recipients.push({ id: BigInt(parseCount(key)), drop: false });
    for (const value of values) {
      if (key === "drop") recipients.push({ id: BigInt(value), drop: true });
      else if (key === "type") type = messageTypeNames.indexOf(value);
    }
  }
  if (type === -1) throw new SyntaxError(`unknown message type: ${directive}`);
  return { recipients, type };
}

/** Delivers or loses the messages of a type (undefined: any) for one recipient; returns how many there were. */
export function deliverTo(environment: TraceEnvironment, recipient: Recipient, type?: number): number {
  const messages = environment.takeMessages(recipient, type);
  for (const message of messages) {
    environment.output.write(`${recipient.drop ? "dropped: " : ""}${describeMessage(message)}\n`);
    if (recipient.drop) continue;
    const error = stepErrors[environment.node(message.to).raw.step(message)];
    if (error !== undefined) environment.output.write(`${error}\n`);
  }
  return messages.length;
}
