/**
 * What a request of the log does to the tree, as etcd's own members apply it. Time comes from the request: its
 * expiration is absolute, `SYNC` carries the time up to which nodes expire.
 */
import type { Request } from "@etcd-ts/proto";
import type { V2Result } from "./event.ts";
import { rulesOf } from "./rules.ts";
import { type CountedOperation, count, type V2Stats } from "./stats.ts";
import type { TreeChange, TreeOutcome, TreeWrite, V2Tree } from "./tree.ts";

/** The methods a request in the log has. */
export const v2Methods = {
  put: "PUT",
  post: "POST",
  delete: "DELETE",
  /** A read that waits for its turn in the log. */
  quorumGet: "QGET",
  sync: "SYNC",
  /** A compare-and-swap that may have nothing to compare, as releases before 2.0 knew it. Go members do not. */
  compareAndSwap: "CAS",
} as const;

/** What applying a request works on. */
export interface ApplyParts {
  readonly tree: V2Tree;
  readonly stats: V2Stats;
  /** The time of the request, or of the last one that carried any. */
  readonly nowNs: bigint;
  /** Told of every change, in order. */
  readonly onChange: (change: TreeChange) => void;
}

type WriteOperation = "set" | "create" | "createInOrder" | "update" | "compareAndSwap" | "delete" | "compareAndDelete";

const counterOf: Readonly<Record<WriteOperation, CountedOperation>> = {
  set: "sets",
  create: "create",
  createInOrder: "create",
  update: "update",
  compareAndSwap: "compareAndSwap",
  delete: "delete",
  compareAndDelete: "compareAndDelete",
};

/** Applies a write; `undefined` for a method that is none. */
export function applyWrite(request: Request, parts: ApplyParts): V2Result | undefined {
  const operation = operationOf(request);
  if (operation === undefined) return undefined;
  const outcome = parts.tree[operation](treeWrite(request, parts.nowNs));
  count(parts.stats, counterOf[operation], outcome.failure === undefined);
  return settle(outcome, parts);
}

/** Expires what is due, one event each. */
export function applySync(request: Request, parts: ApplyParts): void {
  for (let change = parts.tree.expireNext(request.time); change !== undefined; ) {
    parts.stats.expireCount++;
    parts.onChange(change);
    change = parts.tree.expireNext(request.time);
  }
}

function settle(outcome: TreeOutcome, parts: ApplyParts): V2Result {
  if (outcome.failure !== undefined) return { failure: outcome.failure };
  parts.onChange(outcome);
  return { event: outcome.event };
}

function operationOf(request: Request): WriteOperation | undefined {
  const compares = request.prevIndex > 0 || request.prevValue !== "";
  switch (request.method) {
    case v2Methods.post:
      return "createInOrder";
    case v2Methods.delete:
      return compares ? "compareAndDelete" : "delete";
    case v2Methods.compareAndSwap:
      return "compareAndSwap";
    case v2Methods.put:
      if (request.prevExist === false) return "create";
      if (compares) return "compareAndSwap";
      return request.prevExist === true ? "update" : "set";
    default:
      return undefined;
  }
}

function treeWrite(request: Request, nowNs: bigint): TreeWrite {
  return {
    path: request.path,
    dir: request.dir,
    value: request.val,
    prevValue: request.prevValue,
    prevIndex: request.prevIndex,
    recursive: request.recursive,
    expiration: request.expiration,
    // Go's server takes a renewal only from operations that can keep a value.
    refresh: request.refresh === true && request.method !== v2Methods.post && request.prevExist !== false,
    nowNs,
    rules: rulesOf(request.dialect),
  };
}
