/** Reads events in the JSON form of etcd's histories. */
import { type V2Action, type V2Event, v2Actions } from "./event.ts";
import { parseTime } from "./go-time.ts";
import type { NodeView } from "./node.ts";

/** The fields of a JSON object; undefined for anything else. */
export function fieldsOf(json: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof json === "object" && json !== null && !Array.isArray(json) ? { ...json } : undefined;
}

/** Whether a value is an index, a count or a size: a whole number from 0 on. */
export function isIndex(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

/** The event; undefined when the JSON is none. */
export function readEvent(json: unknown): V2Event | undefined {
  const fields = fieldsOf(json);
  const action = actionOf(fields?.["action"]);
  const node = readNode(fields?.["node"]);
  if (fields === undefined || action === undefined || node === undefined) return undefined;
  const prevNode = fields["prevNode"] === undefined ? undefined : readNode(fields["prevNode"]);
  if (fields["prevNode"] !== undefined && prevNode === undefined) return undefined;
  return { action, node, prevNode, refresh: fields["refresh"] === true, storeIndex: node.modifiedIndex };
}

function actionOf(value: unknown): V2Action | undefined {
  return Object.values(v2Actions).find((action) => action === value);
}

function readNode(json: unknown): NodeView | undefined {
  const fields = fieldsOf(json);
  if (fields === undefined) return undefined;
  const {
    key,
    value,
    dir,
    expiration,
    ttl = 0,
    modifiedIndex = 0,
    createdIndex = 0,
  } = fields as Partial<Record<string, unknown>>;
  const expires = expiration === undefined ? 0n : typeof expiration === "string" ? parseTime(expiration) : undefined;
  if (typeof key !== "string" || expires === undefined || typeof ttl !== "number") return undefined;
  if (value !== undefined && typeof value !== "string") return undefined;
  if (!isIndex(modifiedIndex) || !isIndex(createdIndex)) return undefined;
  return { key, value, dir: dir === true, expiration: expires, ttl, nodes: undefined, modifiedIndex, createdIndex };
}
