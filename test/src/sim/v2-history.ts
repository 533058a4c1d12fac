/**
 * What clients of the v2 API saw, and what the simulation looked up in the members beside them: indexes, leaders and
 * calendars ten times a second, whole trees with their histories now and then. What a member has applied is committed,
 * so that such looks are as good as answers.
 */
import type { V2Asked } from "./v2-door.ts";

/** A node as answers show it. */
export interface V2NodeJson {
  readonly key?: string;
  readonly value?: string;
  readonly dir?: boolean;
  readonly expiration?: string;
  readonly ttl?: number;
  readonly nodes?: readonly V2NodeJson[];
  readonly modifiedIndex?: number;
  readonly createdIndex?: number;
}

/** An event as answers, watches and stored histories show it. */
export interface V2EventJson {
  readonly action: string;
  readonly node?: V2NodeJson;
  readonly prevNode?: V2NodeJson;
  /** In stored histories only. */
  readonly refresh?: boolean;
}

/** An error as answers show it. */
export interface V2ErrorJson {
  readonly errorCode: number;
  readonly message: string;
  readonly cause?: string;
  readonly index: number;
}

/** One request that is no watch. */
export interface V2Call {
  readonly step: number;
  readonly machine: number;
  readonly life: number;
  readonly asked: V2Asked;
  readonly calledAt: number;
  readonly calledMs: number;
  /** The member's calendar then, and when it answered. */
  readonly calledWallMs: number;
  returnedWallMs: number;
  /** Infinity while, or if, no answer came. */
  returnedAt: number;
  returnedMs: number;
  status: number;
  /** `X-Etcd-Index`; undefined without an answer, and when the answer does not name one. */
  index: number | undefined;
  event: V2EventJson | undefined;
  error: V2ErrorJson | undefined;
}

/** One watch, from its request to its end. */
export interface V2WatchLog {
  readonly step: number;
  readonly machine: number;
  readonly life: number;
  readonly key: string;
  readonly recursive: boolean;
  readonly stream: boolean;
  /** `waitIndex`; 0 for the next change. */
  readonly since: number;
  readonly calledAt: number;
  /** `X-Etcd-Index` of the answer's headers; undefined while they have not come. */
  startIndex: number | undefined;
  startedAt: number;
  startedMs: number;
  error: V2ErrorJson | undefined;
  readonly told: { readonly at: number; readonly ms: number; readonly event: V2EventJson }[];
  /** The server ended the answer. */
  ended: boolean;
}

/** A look at a member. */
export interface V2Sample {
  readonly at: number;
  readonly ms: number;
  readonly machine: number;
  readonly life: number;
  readonly index: number;
  readonly term: number;
  readonly leads: boolean;
  /** How far its calendar is ahead of the world's. */
  readonly offsetMs: number;
}

/** A stored node, as in etcd's snapshots. */
export interface V2StoredNode {
  readonly Path: string;
  readonly CreatedIndex: number;
  readonly ModifiedIndex: number;
  readonly ExpireTime: string;
  readonly Value: string;
  readonly Children: Readonly<Record<string, V2StoredNode>> | null;
}

/** A whole tree with its history. */
export interface V2Dump {
  readonly at: number;
  readonly ms: number;
  readonly machine: number;
  readonly life: number;
  /** Whether nothing was wrong in the cluster then. */
  readonly calm: boolean;
  readonly index: number;
  /** Undefined: what was looked at is lost. */
  readonly root: V2StoredNode | undefined;
  readonly events: readonly V2EventJson[];
}

/** All of it. */
export interface V2History {
  /** Milliseconds since 1970 when the schedule began. */
  readonly beginMs: number;
  readonly dialect: string;
  readonly calls: V2Call[];
  readonly watches: V2WatchLog[];
  readonly samples: V2Sample[];
  readonly dumps: V2Dump[];
}
