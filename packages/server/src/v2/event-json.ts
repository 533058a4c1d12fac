/**
 * Events and nodes as JSON, in the order of fields and with the escapes that Go's encoder gives: the answers clients
 * get, and the form in which histories are stored. Written out by hand, because it is on the path of every request.
 */
import { quote } from "../lib/go-json.ts";
import type { V2Event } from "./event.ts";
import { formatTime } from "./go-time.ts";
import type { NodeView } from "./node.ts";

/** What may differ in how a node is written. */
export interface NodeForm {
  /** Characters to leave out at the beginning of every key: the namespace. */
  readonly keyStart: number;
  /** What to write for a key of which nothing is left; no field when empty. */
  readonly rootKey: string;
  /** Whether a file without a value shows an empty one. */
  readonly emptyValues: boolean;
}

/** Nodes with their full paths, as histories hold them. */
export const storedForm: NodeForm = { keyStart: 0, rootKey: "", emptyValues: true };

/** The event with everything that belongs to it. */
export function formatEvent(event: V2Event, form: NodeForm): string {
  const prevNode = event.prevNode === undefined ? "" : `,"prevNode":${formatNode(event.prevNode, form)}`;
  return `{"action":"${event.action}","node":${formatNode(event.node, form)}${prevNode}}`;
}

/** The node with the nodes below it, as far as the view goes. */
export function formatNode(view: NodeView, form: NodeForm): string {
  const key = view.key.length > form.keyStart ? view.key.slice(form.keyStart) : form.rootKey;
  const first = key === "" ? "" : `"key":${quote(key)}`;
  let rest = "";
  if (view.value !== undefined && (view.value !== "" || form.emptyValues)) rest = `,"value":${quote(view.value)}`;
  if (view.dir) rest += ',"dir":true';
  if (view.expiration !== 0n) rest += `,"expiration":"${formatTime(view.expiration)}"`;
  if (view.ttl !== 0) rest += `,"ttl":${view.ttl}`;
  if (view.nodes !== undefined && view.nodes.length > 0)
    rest += `,"nodes":[${view.nodes.map((one) => formatNode(one, form)).join(",")}]`;
  if (view.modifiedIndex !== 0) rest += `,"modifiedIndex":${view.modifiedIndex}`;
  if (view.createdIndex !== 0) rest += `,"createdIndex":${view.createdIndex}`;
  // Cutting off the comma copies the whole text, and is left to the roots that have no key.
  return first === "" ? `{${rest.slice(1)}}` : `{${first}${rest}}`;
}
