/**
 * Events as releases before 2.0 write them: 0.2 flat, later ones with a node inside, v1 flat in yet another way. Where a
 * release told something else than what happened, the event is changed here before it is written.
 */
import { quote } from "../../lib/go-json.ts";
import {
  formatEvent,
  formatTime,
  type NodeForm,
  type NodeView,
  namespaces,
  type V2Event,
  v2Actions,
  zeroTimeNs,
} from "../../v2/index.ts";
import type { LegacyParts, LegacyTraits } from "./legacy-dialect.ts";

/** The body of an answer or of a watch's event. */
export function legacyEvent(event: V2Event, { traits }: Pick<LegacyParts, "traits">): string {
  if (traits.flatEvents) return flatEvent(event);
  return formatEvent(asTold(event, traits), nodeForm(traits));
}

function nodeForm({ showsEmptyValues }: LegacyTraits): NodeForm {
  return { keyStart: namespaces.keys.length, rootKey: "/", emptyValues: showsEmptyValues };
}

function asTold(event: V2Event, traits: LegacyTraits): V2Event {
  const { action, node, prevNode } = event;
  const isRewrite = action === v2Actions.update || action === v2Actions.compareAndSwap;
  const hidesDirectory = action === v2Actions.expire || (isRewrite && !traits.marksUpdatedDirectories);
  return {
    ...event,
    node: hidesDirectory ? { ...node, dir: false } : node,
    prevNode: isRewrite && prevNode !== undefined ? asRewritten(prevNode, node) : prevNode,
  };
}

/** The old state was shown with the expiration the node had when the answer was written: the new one. */
function asRewritten(prevNode: NodeView, node: NodeView): NodeView {
  if (prevNode.expiration === 0n) return prevNode;
  return { ...prevNode, expiration: node.expiration === 0n ? zeroTimeNs : node.expiration };
}

/** 0.2: everything about the node beside the action, the old value too, and no created index. */
function flatEvent(event: V2Event): string {
  const { action, node, prevNode } = event;
  const isGone = action === v2Actions.delete || action === v2Actions.expire;
  const prevValue = action === v2Actions.expire || event.keptValue ? "" : (prevNode?.value ?? "");
  const dir = node.dir && action !== v2Actions.expire && action !== v2Actions.update;
  const value = isGone ? "" : (node.value ?? "");
  return `{"action":"${action}"${flatNode(node, { dir, prevValue, value })}}`;
}

function flatNode(
  node: NodeView,
  { dir, prevValue, value }: { dir: boolean; prevValue: string; value: string },
): string {
  let text = `,"key":${quote(clientKey(node))}`;
  if (dir) text += ',"dir":true';
  if (prevValue !== "") text += `,"prevValue":${quote(prevValue)}`;
  if (value !== "") text += `,"value":${quote(value)}`;
  if (node.nodes !== undefined && node.nodes.length > 0) text += `,"kvs":[${node.nodes.map(flatChild).join(",")}]`;
  if (node.expiration !== 0n) text += `,"expiration":"${formatTime(node.expiration)}"`;
  const ttl = roundedUp(node);
  if (ttl !== 0) text += `,"ttl":${ttl}`;
  return `${text},"modifiedIndex":${node.modifiedIndex}`;
}

function flatChild(node: NodeView): string {
  const fields = flatNode(node, { dir: node.dir, prevValue: "", value: node.value ?? "" });
  return `{${fields.slice(1)}}`;
}

/** 0.2 cut seconds off and added one, so that what is over for less than a second still has one. */
function roundedUp({ expiration, ttl }: NodeView): number {
  return expiration !== 0n && ttl <= 0 ? ttl + 1 : ttl;
}

function clientKey({ key }: NodeView): string {
  return key.length > namespaces.keys.length ? key.slice(namespaces.keys.length) : "/";
}

/** v1: flat, with an index that is the tree's from 0.3 on, and the words of test-and-set. A directory is a list. */
export function v1Event(
  event: V2Event,
  { traits, index }: { traits: LegacyTraits; index: number | undefined },
): string {
  const { node } = event;
  const own = index ?? node.modifiedIndex;
  if (node.dir)
    return `[${(node.nodes ?? []).map((child) => v1Child(child, { event, index: own, traits })).join(",")}]`;
  const isTest = event.action === v2Actions.compareAndSwap || event.action === v2Actions.create;
  const prevValue = event.prevNode?.value;
  const isNew = event.action === v2Actions.set && (traits.showsEmptyValues ? prevValue === undefined : !prevValue);
  let text = `"action":"${isTest ? "testAndSet" : event.action}","key":${quote(clientKey(node))}`;
  text += v1Value("prevValue", prevValue, traits) + v1Value("value", node.value, traits);
  if (isNew) text += ',"newKey":true';
  if (node.expiration !== 0n) text += `,"expiration":"${formatTime(node.expiration)}"`;
  const ttl = traits.flatEvents ? roundedUp(node) : node.ttl;
  if (ttl !== 0) text += `,"ttl":${ttl}`;
  return `{${text},"index":${own}}`;
}

function v1Child(
  child: NodeView,
  { event, index, traits }: { event: V2Event; index: number; traits: LegacyTraits },
): string {
  const dir = child.dir ? ',"dir":true' : "";
  const value = v1Value("value", child.value, traits);
  return `{"action":"${event.action}","key":${quote(clientKey(child))}${dir}${value},"index":${index}}`;
}

function v1Value(name: string, value: string | undefined, { showsEmptyValues }: LegacyTraits): string {
  if (value === undefined || (value === "" && !showsEmptyValues)) return "";
  return `,"${name}":${quote(value)}`;
}
