// The world of one interaction trace: its nodes, the one queue of messages between them, and what is printed.

import type { Message } from "../../message.ts";
import { isStorageThread } from "../../message.ts";
import type { TraceNode } from "./trace-node.ts";
import { TraceOutput } from "./trace-output.ts";

/** Whose messages are taken from the queue, and whether they are lost. */
export interface Recipient {
  id: bigint;
  drop: boolean;
}

/** Nodes are numbered from 1 in the order they were added. */
export class TraceEnvironment {
  readonly nodes: TraceNode[] = [];
  messages: Message[] = [];
  readonly output = new TraceOutput();

  /** The node of a number; throws for a node that was not added. */
  node(id: number | bigint): TraceNode {
    const node = this.nodes[Number(id) - 1];
    if (node === undefined) throw new RangeError(`there is no node ${id}`);
    return node;
  }

  /** Whether messages of a type (undefined: any) wait for a recipient. */
  hasMessages(recipient: Recipient, type?: number): boolean {
    return this.messages.some((message) => isFor(message, recipient, type));
  }

  /** Removes and returns the messages of a type (undefined: any) for a recipient, in order. */
  takeMessages(recipient: Recipient, type?: number): Message[] {
    const taken = this.messages.filter((message) => isFor(message, recipient, type));
    this.messages = this.messages.filter((message) => !isFor(message, recipient, type));
    return taken;
  }
}

/** Messages inside a node are not subject to loss. */
function isFor(message: Message, { id, drop }: Recipient, type: number | undefined): boolean {
  const inside = message.from === message.to || isStorageThread(message.from) || isStorageThread(message.to);
  return message.to === id && !(drop && inside) && (type === undefined || message.type === type);
}
