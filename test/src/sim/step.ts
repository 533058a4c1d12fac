/**
 * What a schedule is made of: plain data, so that a failing one can be printed, and made shorter by leaving steps out.
 * Steps name revisions by their distance from what clients have seen, and leases by a number, because the real ones
 * are known only when the step is done.
 */
import type { CompareResult, CompareTarget, FilterType, SortOrder, SortTarget } from "@etcd-ts/proto";
import type { V2Dialect } from "@etcd-ts/server";
import type { ForcedStartPlan } from "./forced-start.ts";
import type { CrashKind } from "./machine.ts";
import type { Weather } from "./network.ts";
import type { V2Spec } from "./v2-plan.ts";

/** A key or an interval of keys; `end` as in the API ("" one key, "\0" from the key on). */
export interface Span {
  readonly key: string;
  readonly end: string;
}

/** A range request. */
export interface RangeSpec extends Span {
  readonly kind: "range";
  /** Revisions back from the newest seen; undefined: the current one. */
  readonly back?: number | undefined;
  readonly serializable: boolean;
  readonly limit: number;
  readonly countOnly: boolean;
  readonly keysOnly: boolean;
  readonly sortOrder: SortOrder;
  readonly sortTarget: SortTarget;
}

/** A put; its value is unique to the step. */
export interface PutSpec {
  readonly kind: "put";
  readonly key: string;
  readonly value: string;
  /** Number of a lease, 0 for none. */
  readonly lease: number;
  readonly prevKv: boolean;
  readonly ignoreValue: boolean;
  readonly ignoreLease: boolean;
}

/** A delete of a key or interval. */
export interface DeleteSpec extends Span {
  readonly kind: "delete";
  readonly prevKv: boolean;
}

/** One compare of a transaction. */
export interface CompareSpec extends Span {
  readonly target: CompareTarget;
  readonly result: CompareResult;
  /** Version, or revisions back, or number of a lease. */
  readonly number: number;
  readonly value: string;
}

/** A transaction. */
export interface TxnSpec {
  readonly kind: "txn";
  readonly compare: readonly CompareSpec[];
  readonly success: readonly (PutSpec | DeleteSpec | RangeSpec | TxnSpec)[];
  readonly failure: readonly (PutSpec | DeleteSpec | RangeSpec | TxnSpec)[];
}

/** What a client asks for. */
export type CallSpec =
  | RangeSpec
  | PutSpec
  | DeleteSpec
  | TxnSpec
  | { readonly kind: "compact"; readonly back: number; readonly physical: boolean }
  | { readonly kind: "grant"; readonly lease: number; readonly ttl: number }
  | { readonly kind: "revoke" | "keepAlive" | "timeToLive"; readonly lease: number }
  | { readonly kind: "leases" }
  | { readonly kind: "hashKv"; readonly back: number }
  | { readonly kind: "defragment" };

/** A watch that is opened, and opened again after each crash, from where it was. */
export interface WatchSpec extends Span {
  readonly kind: "watch";
  /** Revisions back from the newest seen; negative: in the future; undefined: from now on. */
  readonly back?: number | undefined;
  readonly prevKv: boolean;
  readonly filters: readonly FilterType[];
  readonly progressNotify: boolean;
  /** Of so many answers the client takes one, then pauses for a while; 0: it takes all. */
  readonly slow: number;
}

/** Something that goes wrong. */
export type FaultSpec =
  | { readonly kind: "crash"; readonly how: CrashKind; readonly downMs: number }
  | { readonly kind: "cutAfter"; readonly operations: number }
  | { readonly kind: "pause"; readonly forMs: number }
  | { readonly kind: "slowDisk"; readonly delayMs: number; readonly forMs: number }
  | { readonly kind: "fullDisk"; readonly forMs: number }
  | { readonly kind: "jump"; readonly byMs: number }
  /** The machine gets new drives and a new place in the cluster; or none. */
  | { readonly kind: "place"; readonly stays: boolean; readonly asLearner: boolean }
  /** A bit of what it stored flips, and then the same. */
  | { readonly kind: "damage"; readonly asLearner: boolean }
  | { readonly kind: "moveLeader"; readonly to: number }
  /** Links from one machine to another that carry nothing. */
  | { readonly kind: "partition"; readonly links: readonly (readonly [number, number])[]; readonly forMs: number }
  | { readonly kind: "weather"; readonly weather: Weather; readonly forMs: number };

/** A request for progress on every open watch. */
export interface ProgressSpec {
  readonly kind: "progress";
}

/** One step. */
export interface Step {
  readonly atMs: number;
  /** Position in the whole schedule: names the step when others are left out. */
  readonly number: number;
  /** The machine it concerns. */
  readonly machine: number;
  readonly what: CallSpec | WatchSpec | FaultSpec | ProgressSpec | V2Spec;
}

/** A schedule. */
export interface Plan {
  readonly seed: number;
  readonly machines: number;
  /** The first so many machines found the cluster; the others wait for a place. */
  readonly founders: number;
  readonly durationMs: number;
  readonly snapshotCount: number;
  /** Whether members hurry with their first election. */
  readonly tickAdvance: boolean;
  /** Whether members ask whether they would be elected before they stand; those of 3.4 do not unless they are told to. */
  readonly preVote: boolean;
  /** How the schedule ends with a forced start, if it does. */
  readonly forcedStart: ForcedStartPlan | undefined;
  /** Which release's v2 API the members serve. */
  readonly v2Dialect: V2Dialect;
  readonly steps: readonly Step[];
}
