/**
 * What came of an operation on the tree: an event, which is answer, history and notice to watchers at once, or a
 * failure. Both are values without a dialect; the adapters in `api/v2` and `api/legacy` put them into words.
 */
import type { V2ErrorCode } from "@etcd-ts/proto";
import type { NodeView } from "./node.ts";

/** What an event did, in the words that clients see. */
export const v2Actions = {
  get: "get",
  create: "create",
  set: "set",
  update: "update",
  delete: "delete",
  compareAndSwap: "compareAndSwap",
  compareAndDelete: "compareAndDelete",
  expire: "expire",
} as const;
export type V2Action = (typeof v2Actions)[keyof typeof v2Actions];

/** One change of the tree, or one look at it. Never changed once made: history and watchers share it. */
export interface V2Event {
  readonly action: V2Action;
  readonly node: NodeView;
  readonly prevNode: NodeView | undefined;
  /** A renewal of a time to live that wakes no watcher. */
  readonly refresh: boolean;
  /** A file's value stayed although it was updated: only an update in the way of 0.2 does that. Not stored. */
  readonly keptValue?: boolean;
  /** The index of the tree when this was the answer: of a change its own, of a read the latest. */
  readonly storeIndex: number;
}

/** Both sides of a comparison that failed. */
export interface Mismatch {
  /** Empty when the value was not compared. */
  readonly wantedValue: string;
  readonly value: string;
  /** 0 when the index was not compared. */
  readonly wantedIndex: number;
  /** The wanted index as it was sent, when it is beyond what numbers hold exactly. */
  readonly wantedIndexText?: string;
  readonly index: number;
}

/** An expected outcome that is no event. */
export interface V2Failure {
  readonly code: V2ErrorCode;
  /** Mostly the path at fault, the namespace included. */
  readonly cause: string;
  /** The index of the tree. */
  readonly index: number;
  readonly mismatch?: Mismatch;
}

/** What an operation gives; `SYNC` gives neither. */
export type V2Result =
  | { readonly event: V2Event; readonly failure?: undefined }
  | { readonly failure: V2Failure; readonly event?: undefined }
  | { readonly event?: undefined; readonly failure?: undefined };

/** Whether the node was not there before: such answers have status 201. */
export function isCreated(event: V2Event): boolean {
  return event.action === v2Actions.create || (event.action === v2Actions.set && event.prevNode === undefined);
}
